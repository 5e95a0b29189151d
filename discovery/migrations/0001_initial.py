"""Create the tables."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Slate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("request_id", models.UUIDField(default=uuid.uuid4)),
                (
                    "revision",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="0 is the first answer; a refined parse makes the next.",
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        help_text="Channel-layer group that hears of reasons.",
                        max_length=90,
                    ),
                ),
                ("text", models.CharField(help_text="What the viewer said.", max_length=500)),
                ("query", models.JSONField(help_text="discovery.types.Query, only what was said.")),
                (
                    "scored_by",
                    models.CharField(
                        choices=[("genrec", "Genrec"), ("retrieval", "Retrieval")], max_length=10
                    ),
                ),
                ("policy_version", models.CharField(max_length=40)),
                (
                    "left_out",
                    models.JSONField(default=dict, help_text="Reason to number of titles."),
                ),
                ("trace", models.JSONField(default=dict, help_text="discovery.tracing.Trace")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Pick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("score", models.FloatField()),
                (
                    "scored_by",
                    models.CharField(
                        choices=[("genrec", "Genrec"), ("retrieval", "Retrieval")], max_length=10
                    ),
                ),
                ("propensity", models.FloatField(default=1.0)),
                ("template_reason", models.CharField(max_length=300)),
                ("generated_reason", models.CharField(blank=True, max_length=600)),
                (
                    "reason_status",
                    models.CharField(
                        choices=[
                            ("template", "template"),
                            ("writing", "being written"),
                            ("generated", "written by GenRec"),
                            ("rejected", "rejected: template kept"),
                            ("stopped", "stopped: template kept"),
                            ("failed", "GenRec failed: template kept"),
                        ],
                        default="template",
                        max_length=10,
                    ),
                ),
                (
                    "reason_note",
                    models.CharField(
                        blank=True,
                        help_text="Why a generated sentence was not used.",
                        max_length=300,
                    ),
                ),
                (
                    "title",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="picks",
                        to="catalog.title",
                    ),
                ),
                (
                    "slate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="picks",
                        to="discovery.slate",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Viewer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="slate",
            name="viewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                to="discovery.viewer",
            ),
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("liked", "Liked"), ("disliked", "Disliked"), ("seen", "Seen")],
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "title",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feedback",
                        to="catalog.title",
                    ),
                ),
                (
                    "pick",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="discovery.pick",
                    ),
                ),
                (
                    "viewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feedback",
                        to="discovery.viewer",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "feedback",
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("policy_version", models.CharField(max_length=40)),
                ("propensity", models.FloatField()),
                ("request_id", models.UUIDField()),
                ("shown_at", models.DateTimeField(auto_now_add=True)),
                (
                    "pick",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exposure",
                        to="discovery.pick",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("propensity__gt", 0), ("propensity__lte", 1)),
                        name="exposure_propensity_is_positive",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="pick",
            constraint=models.UniqueConstraint(fields=("slate", "title"), name="pick_title_once"),
        ),
        migrations.AddConstraint(
            model_name="pick",
            constraint=models.UniqueConstraint(
                fields=("slate", "position"), name="pick_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="slate",
            constraint=models.UniqueConstraint(
                fields=("request_id", "revision"), name="slate_revision_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.UniqueConstraint(
                fields=("viewer", "title", "kind"), name="feedback_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["liked", "disliked"])),
                fields=("viewer", "title"),
                name="feedback_liked_or_disliked",
            ),
        ),
    ]

"""Create the tables."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import pgvector.django.halfvec
import pgvector.django.indexes
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Trusted extensions: the database's owner may create them. A managed database may need an
        # administrator to create them once.
        VectorExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        migrations.CreateModel(
            name="Genre",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the file and of the importer.", max_length=64
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("rows_done", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("errors", models.PositiveIntegerField(default=0)),
                ("report_path", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-started_at"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "name_key",
                    models.CharField(
                        editable=False,
                        help_text="The name, folded for matching.",
                        max_length=200,
                        unique=True,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "people",
                "ordering": ["name"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name_key"], name="person_name_trgm", opclasses=["gin_trgm_ops"]
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Credit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("director", "Director"),
                            ("writer", "Writer"),
                            ("cast", "Cast"),
                            ("creator", "Creator"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "billing",
                    models.PositiveSmallIntegerField(default=0, help_text="0 is named first."),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="catalog.person",
                    ),
                ),
            ],
            options={
                "ordering": ["role", "billing"],
            },
        ),
        migrations.CreateModel(
            name="Title",
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
                        choices=[("film", "Film"), ("series", "Series")],
                        default="film",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=300, verbose_name="title")),
                (
                    "name_key",
                    models.CharField(
                        editable=False, help_text="The title, folded for matching.", max_length=300
                    ),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1870),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                    ),
                ),
                (
                    "runtime_min",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="runtime (minutes)",
                    ),
                ),
                ("synopsis", models.TextField(blank=True)),
                ("certificate", models.CharField(blank=True, max_length=20)),
                (
                    "age_min",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="From the certificate, or an editor's judgement. Empty if unknown.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(21)],
                        verbose_name="youngest age",
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "countries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "content_notes",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text=(
                            "violence, gore, sex, language, scary: 0 none to 3 extreme. "
                            "Leave out unknowns."
                        ),
                    ),
                ),
                (
                    "popularity",
                    models.FloatField(
                        default=0.0,
                        help_text="0 to 1: log-scaled attention, from reviews or ratings counted.",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="published",
                        max_length=10,
                    ),
                ),
                (
                    "slot",
                    models.PositiveIntegerField(blank=True, editable=False, null=True, unique=True),
                ),
                (
                    "locked_fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Fields that an editor has set: an import leaves them alone.",
                        size=None,
                    ),
                ),
                (
                    "search",
                    django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
                ),
                (
                    "embedding",
                    pgvector.django.halfvec.HalfVectorField(
                        dimensions=384, editable=False, null=True
                    ),
                ),
                ("embedding_version", models.CharField(blank=True, editable=False, max_length=32)),
                ("document_hash", models.CharField(blank=True, editable=False, max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("embedded_at", models.DateTimeField(editable=False, null=True)),
                (
                    "genres",
                    models.ManyToManyField(blank=True, related_name="titles", to="catalog.genre"),
                ),
                (
                    "people",
                    models.ManyToManyField(
                        related_name="titles", through="catalog.Credit", to="catalog.person"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "year"],
            },
        ),
        migrations.CreateModel(
            name="ExternalId",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("imdb", "Imdb"),
                            ("tmdb", "Tmdb"),
                            ("movielens", "Movielens"),
                            ("omdb", "Omdb"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.CharField(max_length=40)),
                (
                    "title",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="external_ids",
                        to="catalog.title",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="credit",
            name="title",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="credits",
                to="catalog.title",
            ),
        ),
        migrations.CreateModel(
            name="TitleTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3),
                        ],
                    ),
                ),
                (
                    "provenance",
                    models.CharField(
                        choices=[("editor", "Editor"), ("import", "Import"), ("model", "Model")],
                        default="editor",
                        max_length=10,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="The import or model version.", max_length=60
                    ),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="title_tags",
                        to="catalog.tag",
                    ),
                ),
                (
                    "title",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="title_tags",
                        to="catalog.title",
                    ),
                ),
            ],
            options={
                "ordering": ["-weight", "tag__name"],
            },
        ),
        migrations.AddIndex(
            model_name="title",
            index=models.Index(fields=["status", "year"], name="title_status_year"),
        ),
        migrations.AddIndex(
            model_name="title",
            index=models.Index(fields=["-popularity"], name="title_popularity"),
        ),
        migrations.AddIndex(
            model_name="title",
            index=models.Index(fields=["embedded_at"], name="title_embedded_at"),
        ),
        migrations.AddIndex(
            model_name="title",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name_key"], name="title_name_trgm", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="title",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="title_search"),
        ),
        migrations.AddIndex(
            model_name="title",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["languages"], name="title_languages"
            ),
        ),
        migrations.AddIndex(
            model_name="title",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["countries"], name="title_countries"
            ),
        ),
        migrations.AddIndex(
            model_name="title",
            index=pgvector.django.indexes.HnswIndex(
                ef_construction=64,
                fields=["embedding"],
                m=16,
                name="title_embedding_hnsw",
                opclasses=["halfvec_cosine_ops"],
            ),
        ),
        migrations.AddConstraint(
            model_name="title",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("embedding__isnull", True),
                    models.Q(("embedding_version", ""), _negated=True),
                    _connector="OR",
                ),
                name="title_embedding_has_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="title",
            constraint=models.CheckConstraint(
                condition=models.Q(("popularity__gte", 0), ("popularity__lte", 1)),
                name="title_popularity_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="externalid",
            constraint=models.UniqueConstraint(fields=("source", "value"), name="external_id_once"),
        ),
        migrations.AddConstraint(
            model_name="externalid",
            constraint=models.UniqueConstraint(
                fields=("title", "source"), name="external_id_per_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="credit",
            constraint=models.UniqueConstraint(
                fields=("title", "person", "role"), name="credit_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="titletag",
            constraint=models.UniqueConstraint(fields=("title", "tag"), name="title_tag_once"),
        ),
        migrations.AddConstraint(
            model_name="titletag",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gte", 1), ("weight__lte", 3)),
                name="title_tag_weight_1_to_3",
            ),
        ),
    ]

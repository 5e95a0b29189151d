"""One running turn a conversation; offers that an answer makes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0001_initial"),
        ("discovery", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="offers",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="One-click next steps: relaxations (label, gains, query) and suggestions.",
            ),
        ),
        migrations.AlterField(
            model_name="turn",
            name="note",
            field=models.CharField(
                blank=True,
                help_text="What the answer says of itself, such as a fallback.",
                max_length=600,
            ),
        ),
        migrations.AddConstraint(
            model_name="turn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "running")),
                fields=("conversation",),
                name="turn_running_once",
            ),
        ),
    ]

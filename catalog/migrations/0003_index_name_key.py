"""Find titles by their exact folded name without reading the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_slot_counter"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="title",
            index=models.Index(fields=["name_key"], name="title_name_key"),
        ),
    ]

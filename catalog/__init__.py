"""What may be recommended: titles, people, genres, tags, their import and their embeddings."""

"""What is said beside the cards: notes, offers, questions, angles, and answers without titles."""

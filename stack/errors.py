"""What the launcher tells the person at the keyboard."""


class StackError(Exception):
    """Starting cannot go on. The message says what is wrong and what to do about it."""

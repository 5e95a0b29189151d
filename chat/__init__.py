"""Conversations: the WebSocket edge, the turns, and the one renderer of fragments."""

"""From a Query to candidates: what may be shown, what proposes titles, what they are worth."""

"""Find mentions in clean text: counts, dates, places, organizations."""

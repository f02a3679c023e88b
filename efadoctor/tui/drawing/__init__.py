"""From facts to lines of text. Nothing here knows a widget, a key or a screen."""

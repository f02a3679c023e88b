"""What runs behind the screens: each function is called in a thread, and posts messages."""

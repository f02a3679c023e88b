"""What screens are made of, one widget a file; they talk by messages."""

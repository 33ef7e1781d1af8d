"""What each door's protocol carries -> records. Pure: bytes in, values or a named error out."""

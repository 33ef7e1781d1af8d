"""`minixdr doctor`: looks at everything the platform needs here, and says what to do about what is not right. It changes nothing."""

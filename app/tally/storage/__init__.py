"""What is kept on this computer: the database, the settings file, the key in the keyring."""

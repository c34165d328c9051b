"""Workers are killed and the database goes away while clips are analysed; nothing may be lost."""

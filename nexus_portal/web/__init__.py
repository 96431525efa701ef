"""Everything HTTP beside Reflex: guard, sign-in forms, uploads, downloads."""

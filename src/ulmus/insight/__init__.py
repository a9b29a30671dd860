"""Pictures and tables that show a person what happened."""

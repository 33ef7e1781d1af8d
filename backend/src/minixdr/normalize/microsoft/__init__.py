"""Parts of the Microsoft cloud sources: Entra ID, Azure, Microsoft 365."""

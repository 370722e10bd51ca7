"""What zerolint judges: one module per rule, found by looking into this package."""

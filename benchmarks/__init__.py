"""How fast zerolint is, in ratios that are measured side by side in one run."""

"""What the code means: the only thing a rule may ask."""

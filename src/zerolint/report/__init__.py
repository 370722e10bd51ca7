"""Where findings leave: one module per output format."""

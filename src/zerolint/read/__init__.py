"""Where data enters: the only stage that opens files of the linted tree."""

"""Statistics on any suite: ranks, paired gains, and correlations of the rows' diversity with gains."""

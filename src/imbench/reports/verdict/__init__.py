"""Statistics on any suite: ranks, paired gains, and what the synthetic rows' diversity has to do with gains."""

"""A classifier taught by explanations, seen and said (after MEGL, arXiv 2411.13053)."""

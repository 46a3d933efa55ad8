"""Scenes of three things, one of them of metal: its shape is the class; where it is seen, and what it is, the reasons."""

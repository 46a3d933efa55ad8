"""Scenes of three things, one of them of metal: its shape is the class; where and what it is are the reasons."""

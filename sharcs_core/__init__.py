"""SHARCS: multimodal models that explain themselves through concepts shared by all modalities.

>>> import sharcs_core
>>> sharcs_core.__version__.count(".")
2
"""

__version__ = "0.1.0"

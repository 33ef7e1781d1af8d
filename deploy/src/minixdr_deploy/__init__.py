"""`minixdr-deploy`: ships Mini-XDR to an EKS cluster, looks whether it is well, names what is wrong and the command that mends it."""

__version__ = "0.1.0"

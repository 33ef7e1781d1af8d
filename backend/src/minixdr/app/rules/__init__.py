"""What a person asks about rules: can they run (`check`), what is there (`catalog`), do they do what they claim
(`samples`), what do they cover (`coverage`). Rules are content: nothing here knows one.
"""

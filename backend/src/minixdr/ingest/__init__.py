"""bytes of any door -> records: decode, unpack, bound, identify. No meaning, no I/O."""

"""What EDIFACT and X12 share: segments, the order of segments, envelopes, plain characters."""

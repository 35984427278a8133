"""Data: the digits, their splits and augmentation."""

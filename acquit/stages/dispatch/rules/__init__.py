"""What can be argued about: the channel, the recipient, the words of the letter, the next try."""

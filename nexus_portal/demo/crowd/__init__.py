"""Fifty more customers with as many orders as one likes over three years: for measuring, and for long lists.

What the stories of the demo do act by act is written here as rows, thousands of orders a second. The rows are
what the services would have left behind: counts that agree with the card items, documents with their numbers,
the moves of orders that still hold personal data, and that data in the vault under keys of its own. Older
orders tell only how they ended: nobody would wait for thirty moves of each, and no certificate is signed for
data that never was.
"""

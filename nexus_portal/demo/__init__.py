"""A made-up bureau with two customers, for trying things out: nobody in it exists.

It is played through the services that real work goes through, in a past that ends now.
"""

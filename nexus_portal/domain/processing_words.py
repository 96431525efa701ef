"""The fixed words of a record of processing: sections, purposes, whose data, and the measures that hold."""

from collections.abc import Mapping

from nexus_portal.domain.text import Message

SECTIONS: Mapping[str, Message] = {
    "parties": Message("Who is responsible"),
    "purposes": Message("What for"),
    "persons": Message("Whose data"),
    "data": Message("Which data, by layout"),
    "retention": Message("How long it is kept"),
    "access": Message("Who sees persons at the customer"),
    "customers": Message("Categories of data, by customer"),
    "recipients": Message("Who sees persons at the bureau"),
    "sub_processors": Message("Sub-processors"),
    "holds": Message("Holds"),
    "measures": Message("Security measures"),
}
"""In the order in which they stand."""

PARTIES: Mapping[str, Message] = {
    "controller": Message("Controller"),
    "processor": Message("Processor"),
}

CODED: Mapping[str, tuple[Message, Message]] = {
    "cards": (
        Message("Making cards"),
        Message(
            "Receiving, checking, encoding, printing, packing and delivering the cards that are ordered."
        ),
    ),
    "tracking": (
        Message("Following cards"),
        Message("Showing which cards have been produced and delivered, and when."),
    ),
    "register": (
        Message("Register of issued cards"),
        Message("Numbers, validity and status of cards; blocks that the customer writes down."),
    ),
    "proof": (
        Message("Proof"),
        Message("Logs of what was done and who saw persons, and certificates of what was erased."),
    ),
    "holders": (
        Message("People on cards"),
        Message("Those who get a card, such as employees, pupils, members or visitors."),
    ),
    "users": (
        Message("People who use the portal"),
        Message("Those who order or administer: name, mail address, role, what they did and when."),
    ),
    "encryption": (
        Message("Encryption"),
        Message(
            "The data and photo of each person are encrypted with AES-256-GCM under a key of their own; "
            "the keys are wrapped by a key of the account, and that by a master key."
        ),
    ),
    "keys_apart": (
        Message("Keys apart"),
        Message("The wrapped keys lie in a store of their own, which no backup of the database holds."),
    ),
    "signing_in": (
        Message("Signing in"),
        Message(
            "A password and a second factor for everybody, or a passkey; limits on guessing; a second factor "
            "again before what cannot be taken back."
        ),
    ),
    "access": (
        Message("Access"),
        Message("Seeing an order is not seeing its persons; each showing, search and export is logged."),
    ),
    "separation": (
        Message("Separation of customers"),
        Message("A customer’s data cannot be reached from another customer’s account."),
    ),
    "trace": (
        Message("Trace"),
        Message("An audit log that can only be added to, chained, signed and verified by the portal itself."),
    ),
    "minimisation": (
        Message("Data minimisation"),
        Message("Only the fields of the layout are stored; invoices and logs hold no data of card holders."),
    ),
    "erasing": (
        Message("Erasing"),
        Message(
            "Keys are destroyed first, so that older backups cannot be read; a signed certificate tells it."
        ),
    ),
    "files": (
        Message("Files"),
        Message("Photos are checked and made anew without metadata; files are encrypted where they lie."),
    ),
}
"""A heading and a sentence for each purpose, group of persons and measure."""

PURPOSE: Mapping[str, Message] = {
    "printed": Message("Printed on the card"),
    "encoded": Message("Written into the chip"),
    "sorting": Message("Used to sort the cards only"),
}
"""By `domain.field_definitions.Purpose`."""

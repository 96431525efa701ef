"""What personnel departments call their columns, in Swedish and English."""

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum, auto

from nexus_portal.domain.clean_text import folded
from nexus_portal.domain.field_definitions import FieldDefinition, FieldType


class Concept(Enum):
    """What a column is about, whatever its header says."""

    FULL_NAME = auto()
    FIRST_NAME = auto()
    LAST_NAME = auto()
    PERSONAL_NUMBER = auto()
    BIRTH_DATE = auto()
    PHOTO = auto()
    DEPARTMENT = auto()
    CLASS = auto()
    TITLE = auto()
    EMAIL = auto()
    PHONE = auto()
    EMPLOYEE_NUMBER = auto()
    CARD_NUMBER = auto()
    COMPANY = auto()
    ADDRESS = auto()
    POSTAL_CODE = auto()
    CITY = auto()
    VALID_UNTIL = auto()
    PROTECTED = auto()


_SPOKEN: Mapping[Concept, str] = {
    Concept.FULL_NAME: (
        "namn, name, fullständigt namn, hela namnet, för- och efternamn, full name, kortinnehavare, "
        "innehavare, card holder, holder, medarbetare, anställd, elev, employee, student"
    ),
    Concept.FIRST_NAME: "förnamn, tilltalsnamn, first name, given name, forename, fname",
    Concept.LAST_NAME: "efternamn, familjenamn, last name, surname, family name, lname",
    Concept.PERSONAL_NUMBER: (
        "personnummer, personnr, pers nr, persnr, pnr, person id, personid, födelsenummer, "
        "samordningsnummer, samordningsnr, personal number, personal identity number, "
        "personal id number, personal id, national id, social security number, ssn"
    ),
    Concept.BIRTH_DATE: (
        "född, födelsedatum, födelsedag, födelsetid, birth date, date of birth, dob, born, birthday"
    ),
    Concept.PHOTO: (
        "foto, fotofil, fotonamn, bild, bildfil, bildnamn, porträtt, filnamn, photo, photo file, photo name, "
        "picture, image, image file, portrait, file name, file"
    ),
    Concept.DEPARTMENT: (
        "avdelning, avd, enhet, sektion, förvaltning, arbetsplats, department, dept, unit, division, section"
    ),
    Concept.CLASS: "klass, grupp, årskurs, åk, class, group, grade",
    Concept.TITLE: "titel, befattning, yrke, yrkestitel, roll, tjänst, title, job title, position, role",
    Concept.EMAIL: "e-post, e-postadress, epost, mejl, mejladress, mail, mailadress, e-mail, email address",
    Concept.PHONE: "telefon, telefonnummer, tel, mobil, mobilnummer, phone, phone number, mobile",
    # "Personalnummer" numbers the staff; it is no personnummer, however alike they look.
    Concept.EMPLOYEE_NUMBER: (
        "anställningsnummer, anställningsnr, anstnr, anst nr, personalnummer, personalnr, "
        "employee number, employee id, employee no, staff number, staff id"
    ),
    Concept.CARD_NUMBER: "kortnummer, kortnr, kort nr, card number, card no, card id",
    Concept.COMPANY: "företag, bolag, arbetsgivare, organisation, company, employer, organization",
    Concept.ADDRESS: "adress, gatuadress, postadress, address, street, street address",
    Concept.POSTAL_CODE: "postnummer, postnr, postal code, postcode, zip, zip code",
    Concept.CITY: "ort, postort, stad, city, town",
    Concept.PROTECTED: (
        "skyddad identitet, skyddade personuppgifter, sekretess, sekretessmarkering, sekretessmarkerad, "
        "skyddad, protected identity, protected person, protected"
    ),
    Concept.VALID_UNTIL: "giltig till, giltig t o m, valid until, valid to, expires, expiry date",
}

_CONCEPTS: Mapping[str, Concept] = {
    folded(words): concept for concept, spoken in _SPOKEN.items() for words in spoken.split(",")
}
_BY_TYPE: Mapping[FieldType, Concept] = {
    FieldType.PERSONAL_NUMBER: Concept.PERSONAL_NUMBER,
    FieldType.PHOTO: Concept.PHOTO,
}


def concept_of_header(header: str) -> Concept | None:
    """What the whole header means, if it is a known word."""
    return _CONCEPTS.get(folded(header))


def concept_of_beginning(header: str) -> Concept | None:
    """What the first words of a header mean, as in "Personnr (12 siffror)"; the longest beginning decides."""
    words = [folded(word) for word in re.findall(r"\w+", unicodedata.normalize("NFC", header))]
    beginnings = ("".join(words[:count]) for count in range(min(len(words), 4), 0, -1))
    return next((_CONCEPTS[words] for words in beginnings if words in _CONCEPTS), None)


def concept_of_field(definition: FieldDefinition) -> Concept | None:
    """What a layout's field is about: by its type, else by its key and labels."""
    names = (definition.key, definition.label_sv, definition.label_en)
    return _BY_TYPE.get(definition.type) or next(filter(None, map(concept_of_header, names)), None)

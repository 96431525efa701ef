"""Holders of cards who do not exist, with personal numbers that are valid and given to nobody."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from nexus_portal.demo.derived import words

FIRST = words(
    """
    Ada Aino Albin Alva Amina Anton Astrid Axel Bahar Beata Bo Cajsa Carl Dalia Daniel Ebba Edvin Elias
    Elin Ella Emil Erik Farah Fatima Filip Freja Gustav Hanna Hedda Hugo Ida Ines Isak Ivar Jamal Jonna
    Julia Karim Kerstin Klara Leo Liam Linus Lova Maja Malte Meja Milo Nadia Nils Noor Olle Omar Pelle
    Ronja Saga Samira Signe Sixten Stina Tage Tilda Tuva Valter Vera Vidar Wilma Yara Yusuf Åke Åsa
    Örjan
    """
)
LAST = words(
    """
    Abdi Ahlgren Almqvist Andersdotter Aronsson Asplund Bengtsdotter Björkman Blomkvist Boström Brandt
    Cederlund Dalström Edlund Ekdahl Engvall Farah Fjellman Forsgren Fröberg Granlund Grönlund Hallström
    Hashemi Hedberg Hellqvist Holmgren Ibrahim Isaksdotter Jonasdotter Kallstenius Karlberg Kivelä
    Lagerlund Lindahl Ljungqvist Lövgren Malmsten Nordlander Norell Nyholm Ohlin Palmgren Qvarnström
    Rahimi Rosenlund Sandell Sjöstedt Strandberg Söderholm Thorell Tingvall Ullberg Vesterlund Wikner
    Winroth Yildiz Åhlander Öberg Östlund
    """
)

_FIRST_TEST_SERIAL, _LAST_TEST_SERIAL = 980, 999
"""Birth numbers that the tax agency's own test numbers use: nobody living has one."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a card. `number` is the normalised personal number of 12 digits."""

    name: str
    number: str
    born: date


def person(dice: Random, *, ages: tuple[int, int], today: date) -> Person:
    """Somebody of an age within these."""
    oldest, youngest = today - timedelta(days=366 * ages[1]), today - timedelta(days=366 * ages[0])
    born = oldest + timedelta(days=dice.randrange((youngest - oldest).days + 1))
    serial = dice.randint(_FIRST_TEST_SERIAL, _LAST_TEST_SERIAL)
    ten = f"{born:%y%m%d}{serial}"
    number = f"{born:%Y%m%d}{serial}{check_digit(ten)}"
    return Person(f"{dice.choice(FIRST)} {dice.choice(LAST)}", number, born)


def check_digit(nine: str) -> int:
    """The last digit of a personal number, by Luhn over the nine before it."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(nine))
    return -total % 10

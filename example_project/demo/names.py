"""Names for any number of people, from all over."""

from __future__ import annotations

import unicodedata
from random import Random

GIVEN = tuple(
    """
    Aaliyah Abena Adaora Aditi Agnes Aiko Ailsa Akira Alejandro Aleksandra Amina Amir Anahera Anders Andrea Anjali
    Anton Aoife Arash Ari Asha Astrid Ayşe Babajide Beatriz Benjamin Birgit Boris Bronwyn Carlos Catalina Chiara
    Chinedu Chloé Cormac Daisuke Daria David Delphine Diego Dilnoza Dominik Eduardo Efua Eilidh Elena Emeka Emma
    Erik Eszter Eva Fatou Felipe Feng Fiona Florian Gabriela Ganesh Georgios Gloria Goran Grace Habiba Hamza Hannah
    Haruto Hassan Heidi Hiroshi Hugo Ignacio Ilse Imani Ingrid Ioana Irina Isaac Ivan Jamila Jan Javier Jelena Jin
    Joana João Johanna José Julia Kaito Karim Katarzyna Keiko Khadija Kofi Kristín Laila Lars Latisha Leila Leonardo
    Lin Lucía Lukas Łukasz Mahmoud Makena Malik Marek Margaret Maria Marta Mei Mercy Michał Miguel Mihai Milan
    Min-jun Miriam Mohammed Moses Nadia Naoko Natalia Nia Nikolai Nina Noah Nomvula Nuria Olga Omar Oscar Pedro
    Peter Pilar Radek Rahul Rajesh Ravi Rebecca Ren Ricardo Rosa Rūta Sakura Salma Samir Sandra Sanjay Sara Selim
    Shanelle Silvia Simone Sofia Søren Stefan Sunita Svetlana Tamar Tariku Tatiana Teresa Thabo Tiago Tihana Tove
    Uchenna Ulrike Vera Víctor Vilma Vusi Wei William Xavier Yara Yetunde Yuki Yuna Zahra Zeynep Zoltán
    """.split()
)
FAMILY = tuple(
    """
    Abdi Achterberg Adeyemi Aguilar Ahmed Álvarez Andersen Anderson Antonov Araújo Arslan Asare Bakker Balogun
    Banerjee Baumann Becker Bello Bergström Bianchi Boateng Bogdanov Botha Boucher Brown Bui Campbell Cansız
    Carvalho Çelik Chen Cheng Choi Chowdhury Clarke Cohen Costa Cruz Dahl Das Delgado Desai Dlamini Doyle Dubois
    Duarte Eriksen Farouk Fekete Fernandes Ferrari Fischer Flores Fofanah Fontaine Fraser Fujita García Gebre
    Georgiou Ghosh Girma Gómez Gonçalves González Goto Grant Greco Guerrero Gupta Haile Hansen Haugen Hernández
    Hoang Hoffmann Horváth Hussain Ibáñez Ibrahim Ito Ivanova Jackson Jansen Jensen Joshi Jovanović Kaplan Kaur
    Keita Kelly Khan Kim Kimura King Klein Kobayashi Koroma Kovač Kozak Kumar Kumalo Larsen Lee Lehtonen Leroy Levy
    Lewis Li Lopes López Lund MacLeod Mahlangu Malik Mandela Marín Martin Martinez Mazur Mbeki Meyer Mishra Molina
    Moreau Morales Mori Morris Müller Murphy Musa Nagy Nair Nakamura Ndiaye Nel Nguyen Nielsen Nkosi Novák Núñez Obi
    Ochieng Ogunleye Okeke Olsen Omondi Oyelaran Özdemir Papadakis Patel Peeters Pereira Petrov Pham Pillay Pinto
    Popov Prasad Quist Radu Ramírez Rao Reddy Rivera Roberts Rodrigues Romano Rossi Rüegg Sahin Saito Sánchez Santos
    Schmidt Schneider Sharma Silva Simić Singh Smith Soto Stewart Suzuki Szabó Takahashi Tan Tanaka Taylor Tesfaye
    Thapa Thompson Torres Touré Tran Tshabalala Ueda Usman Vargas Vasquez Virtanen Visser Volkov Vu Wagner Walker
    Walsh Wang Watanabe Weber Williams Wilson Wójcik Wong Yamamoto Yang Yeo Yılmaz Young Zhang Zhou Zimmermann
    """.split()
)
_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "ı": "i", "ß": "ss", "đ": "d", "æ": "ae"})


def pick(rng: Random) -> tuple[str, str]:
    """Return a given and a family name."""
    return rng.choice(GIVEN), rng.choice(FAMILY)


def address(given: str, family: str, number: int, *, domain: str) -> str:
    """Return an address that no other number has, in plain ASCII."""
    return f"{_ascii(given)}.{_ascii(family)}.{number}@{domain}"


def _ascii(name: str) -> str:
    """Return the name in lower-case ASCII letters, hyphens kept."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_WITHOUT_DECOMPOSITION))
    return "".join(letter for letter in plain if letter.isascii() and (letter.isalpha() or letter == "-"))

"""Who is in Acme: (name, address, role, whether disabled)."""

PEOPLE = (
    ("Adaeze Nwosu", "admin@acme.example", "admin", False),
    ("Hana Sato", "helpdesk@acme.example", "Help Desk", False),
    ("Mateo Fernández", "member@acme.example", "member", False),
    ("Björn Håkansson", "bjorn.hakansson@acme.example", "Engineer", False),
    ("Camila Souza", "camila.souza@acme.example", "member", False),
    ("Dmytro Shevchenko", "dmytro.shevchenko@acme.example", "Engineer", False),
    ("Elif Yılmaz", "elif.yilmaz@acme.example", "member", False),
    ("François Tremblay", "francois.tremblay@acme.example", "member", True),
    ("نور الهاشمي", "noor.alhashimi@acme.example", "member", False),
    ("Priya Raghunathan", "priya.raghunathan@acme.example", "admin", False),
    (
        "Maximiliana Konstantinopoulos-Featherstonehaugh van der Grönewoudt",
        "maximiliana.konstantinopoulos-featherstonehaugh@subsidiary.acme.example",
        "Engineer",
        False,
    ),
)

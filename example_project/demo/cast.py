"""Who is in the two organizations."""

from __future__ import annotations

from .people import Person, Trait, person

MFA, SSO, DISABLED = Trait.MFA, Trait.SSO, Trait.DISABLED
OWN_ACCOUNT, NEVER_SIGNED_IN = Trait.OWN_ACCOUNT, Trait.NEVER_SIGNED_IN

STAFF = person("Robin Castellanos", "staff@example.com")
SUPPORT = person("Sasha Lindqvist", "support@example.com")

_SHARED = (
    person("Inês Duarte", "ines.duarte@lumen-consulting.example", "Contractor", OWN_ACCOUNT, MFA),
    person("Tomasz Wiśniewski", "tomasz@wisniewski.example", "Contractor", OWN_ACCOUNT),
    person("Kwame Asante", "kwame.asante@lumen-consulting.example", "Contractor", OWN_ACCOUNT),
    person("Freya Sørensen", "freya.sorensen@nordlys.example", "Auditor", OWN_ACCOUNT, SSO),
)

ACME: tuple[Person, ...] = (
    person("Olivia Marchetti", "owner@acme.example", "Owner", OWN_ACCOUNT, phone="+1 555 0100"),
    person("Adaeze Nwosu", "admin@acme.example", "Admin", phone="+1 555 0101"),
    person("Mateo Fernández", "member@acme.example", "Member", phone="+1 555 0102"),
    person("Hana Sato", "helpdesk@acme.example", "Help Desk", phone="+1 555 0103"),
    person("Sofía Navarro", "agent@acme.example", "Support Agent", phone="+1 555 0104"),
    *_SHARED,
    person("Priya Raghunathan", "priya.raghunathan@acme.example", "Admin", MFA, phone="+44 20 7946 0018"),
    person("Amara Okafor", "amara.okafor@acme.example", "Auditor", MFA, phone="+44 20 7946 0021"),
    person("فاطمة الزهراء", "fatima.alzahraa@acme.example", "Member", MFA),
    person("王小明", "xiaoming.wang@acme.example", "Engineer", MFA),
    person(
        "Maximiliana Theodora Konstantina Papadopoulou-Featherstonehaugh von Hohenzollern-Sigmaringen",
        "maximiliana.theodora.konstantina.papadopoulou-featherstonehaugh@acme.example",
        "Engineer",
    ),
    person("Björn Håkansson", "bjorn.hakansson@acme.example", "Engineer", MFA, phone="+46 8 465 00 401"),
    person("Chidi Eze", "chidi.eze@acme.example", "Engineer", MFA),
    person("Dagný Jónsdóttir", "dagny.jonsdottir@acme.example", "Engineer"),
    person("Elif Yılmaz", "elif.yilmaz@acme.example", "Engineer", MFA),
    person("Farhad Karimi", "farhad.karimi@acme.example", "Engineer"),
    person("Giulia Esposito", "giulia.esposito@acme.example", "Recruiter", phone="+39 055 0162 014"),
    person("Hồ Thị Mai", "mai.ho@acme.example", "Engineer", MFA),
    person("Ibrahim Diallo", "ibrahim.diallo@acme.example", "Engineer"),
    person("Jadwiga Kowalczyk", "jadwiga.kowalczyk@acme.example", "Member", SSO),
    person("Kalani Kealoha", "kalani.kealoha@acme.example", "Member", SSO),
    person("Liam O’Sullivan", "liam.osullivan@acme.example", "Member", SSO),
    person("María José Quiñones", "mariajose.quinones@acme.example", "Recruiter"),
    person("Ngũgĩ Kamau", "ngugi.kamau@acme.example", "Engineer"),
    person("Oluwaseun Adebayo", "oluwaseun.adebayo@acme.example", "Member", MFA),
    person("Pavlína Dvořáková", "pavlina.dvorakova@acme.example", "Member"),
    person("Quentin Lefèvre", "quentin.lefevre@acme.example", "Member", DISABLED),
    person("Rania Haddad", "rania.haddad@acme.example", "Help Desk", MFA),
    person("Siobhán Ní Bhriain", "siobhan.nibhriain@acme.example", "Member"),
    person("Uri Ben-David", "uri.bendavid@acme.example", "Engineer", DISABLED),
    person("Valentina Rojas", "valentina.rojas@acme.example", "Member", NEVER_SIGNED_IN),
    person("Wangari Njoroge", "wangari.njoroge@acme.example", "Member"),
    person("Ximena Paredes", "ximena.paredes@acme.example", "Member", SSO, DISABLED),
    person("Yusuf Demir", "yusuf.demir@acme.example", "Engineer"),
    person("Zuzanna Nowak", "zuzanna.nowak@acme.example", "Member"),
    person("Aroha Te Kanawa", "aroha.tekanawa@acme.example", "Member"),
    person("Benedikt Gruber", "benedikt.gruber@acme.example", "Engineer", MFA),
    person("Camila Souza", "camila.souza@acme.example", "Member", phone="+55 11 5550 0123"),
    person("Dmytro Shevchenko", "dmytro.shevchenko@acme.example", "Engineer"),
    person("Esi Mensah", "esi.mensah@acme.example", "Member"),
    person("François Tremblay", "francois.tremblay@acme.example", "Member", DISABLED),
    person("Gulnara Akhmetova", "gulnara.akhmetova@acme.example", "Member"),
    person("Henrik Aaltonen", "henrik.aaltonen@acme.example", "Engineer", SSO),
    person("Isabella Conti", "isabella.conti@acme.example", "Member"),
    person("Jun-seo Park", "junseo.park@acme.example", "Engineer", MFA),
    person("Kavita Deshmukh", "kavita.deshmukh@acme.example", "Member"),
    person("Leilani Fonoti", "leilani.fonoti@acme.example", "Member"),
    person("Mehmet Özkan", "mehmet.ozkan@acme.example", "Member"),
    person("Nasrin Rahman", "nasrin.rahman@acme.example", "Engineer"),
    person("Oskar Lindgren", "oskar.lindgren@acme.example", "Member", DISABLED),
    person("Paulo Cardoso", "paulo.cardoso@acme.example", "Member"),
    person("Ruth Abramowitz", "ruth.abramowitz@acme.example", "Auditor"),
    person("Stelian Popescu", "stelian.popescu@acme.example", "Member"),
    person("Tala Reyes", "tala.reyes@acme.example", "Member"),
    person("Vikram Chaudhary", "vikram.chaudhary@acme.example", "Engineer"),
    person("Winnie Chan", "winnie.chan@acme.example", "Member"),
    person("Zoë van den Berg", "zoe.vandenberg@acme.example", "Member"),
)

_SHARED_IN_GLOBEX = tuple(person(someone.full_name, someone.email, "Member", *someone.traits) for someone in _SHARED)

GLOBEX: tuple[Person, ...] = (
    person("Gustavo Brandt", "owner@globex.example", "Owner", OWN_ACCOUNT, phone="+49 30 23125 010"),
    person("Rosalind Achieng", "rosalind.achieng@globex.example", "Admin", MFA),
    person("Emre Aksoy", "emre.aksoy@globex.example", "Team Lead"),
    person("Noor Al-Sayed", "noor.alsayed@globex.example", "Field Crew"),
    *_SHARED_IN_GLOBEX,
    person("Petra Horvat", "petra.horvat@globex.example", "Field Crew", SSO),
    person("Samuel Kiplagat", "samuel.kiplagat@globex.example", "Field Crew", DISABLED),
    person("Anaïs Girard", "anais.girard@globex.example", "Member"),
    person("Sione Tupou", "sione.tupou@globex.example", "Member"),
)

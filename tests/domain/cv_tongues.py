"""Ten invented CVs as people write them in German, French, Spanish, Italian and English, and the facts they state."""

# lines of documents are as long as they are

from typing import Any

CVS: dict[str, tuple[str, dict[str, Any]]] = {
    "physician_de": (
        """Lebenslauf

Dr. med. Jana Weidlich
Fachärztin für Innere Medizin
Anschrift: Musterweg 4, 50667 Köln, Deutschland
E-Mail: j.weidlich@example.org | Telefon: 0170 1234567
Geburtsort: Graz, Österreich

Berufserfahrung
seit 03/2019    Oberärztin Kardiologie, Klinikum Sonnental, Köln
                Leitung des Echolabors, Ausbildung der Assistenzärzte.
10/2014 – 02/2019    Assistenzärztin, Krankenhaus Nordstern, Bonn
                Rotation durch alle Stationen.

Ausbildung
10/2008 – 09/2014    Studium der Humanmedizin, Universität zu Köln
2014    Zweites Staatsexamen Humanmedizin
2016    Promotion zum Dr. med., Universität zu Köln
2020    Fachärztin für Innere Medizin, Ärztekammer Nordrhein

Approbation
Approbation als Ärztin, Bezirksregierung Köln, November 2014

Sprachen
Deutsch (Muttersprache)
Englisch: verhandlungssicher
Französisch: Grundkenntnisse

Verfügbarkeit
8 Stunden pro Woche, verfügbar ab 1. März 2027, Stundensatz: 110 €
""",
        {
            "country": "DE",
            "languages": {"de": "C2", "en": "C1", "fr": "A2"},
            "degrees": ["Zweites Staatsexamen Humanmedizin", "Dr. med.", "Fachärztin für Innere Medizin"],
            "licences": [{"name": "Approbation als Ärztin", "jurisdiction": "DE"}],
            "hours_per_week": 8.0,
            "available_from": "2027-03-01",
            "rate": {"amount": 110.0, "currency": "EUR", "per": "hour"},
            "employers": ["Klinikum Sonnental"],
        },
    ),
    "lawyer_de": (
        """Markus Thalberg
Rechtsanwalt
Wohnort: Hamburg, Deutschland
m.thalberg@example.org

Beruflicher Werdegang
Januar 2018 – heute
Rechtsanwalt, Thalberg und Partner, Hamburg
- Beratung zum Gesellschaftsrecht und M&A
Mai 2015 – Dezember 2017
Wissenschaftlicher Mitarbeiter, Universität Hamburg

Akademischer Werdegang
2017: Zweites juristisches Staatsexamen, Oberlandesgericht Hamburg
2014: Erstes juristisches Staatsexamen, Universität Hamburg
2013: LL.M., King's College London

Zulassungen
Zulassung als Rechtsanwalt, Hanseatische Rechtsanwaltskammer Hamburg, 2018

Sprachkenntnisse
Deutsch – Muttersprache
Englisch – fließend in Wort und Schrift (C1)
Spanisch – gute Kenntnisse
""",
        {
            "country": "DE",
            "languages": {"de": "C2", "en": "C1", "es": "B2"},
            "degrees": ["Zweites juristisches Staatsexamen", "Erstes juristisches Staatsexamen", "LL.M."],
            "licences": [{"name": "Zulassung als Rechtsanwalt", "jurisdiction": "DE"}],
            "employers": ["Thalberg und Partner"],
        },
    ),
    "engineer_de": (
        """LEBENSLAUF
Sefa Aydinoglu
Diplom-Informatikerin (FH)
Gartenstraße 9, 8004 Zürich, Schweiz

PROFIL
Netzwerkingenieurin mit zwölf Jahren Praxis. Tagessatz 900 CHF.

BERUFLICHE STATIONEN
09.2016 – bis heute: Netzwerkingenieurin, Helvion AG, Zürich
• Betrieb von BGP an zwei Austauschpunkten
04.2010 – 08.2016: Systemadministratorin, Quillbach GmbH, Stuttgart

AUSBILDUNG
2005 – 2010: Diplom-Informatikerin (FH), Hochschule Esslingen
seit 2021: Master Informatik, FernUniversität Hagen

KENNTNISSE
Netzwerke: BGP, OSPF, Linux
Sprachen: Deutsch (C2), Türkisch (Muttersprache), Englisch (B2)
""",
        {
            "country": "CH",
            "languages": {"de": "C2", "tr": "C2", "en": "B2"},
            "degrees": ["Diplom-Informatikerin"],
            "rate": {"amount": 900.0, "currency": "CHF", "per": "day"},
            "employers": ["Helvion AG"],
        },
    ),
    "pharmacist_de": (
        """Persönliche Daten
Name: Lotte Brandner
Adresse: Lindenhof 2, 1090 Wien, Österreich
Staatsangehörigkeit: Deutschland

Berufspraxis
01.02.2020 - dato: Apothekerin, Stadtapotheke Grünau, Wien
01.10.2015 - 31.01.2020: Apothekerin, Rosenapotheke, Passau

Studium und Ausbildung
2009 - 2014 Studium der Pharmazie, Staatsexamen, LMU München
2018 Promotion, Dr. rer. nat., LMU München (voraussichtlich)

Zertifikate und Zulassungen
Approbation als Apothekerin, Regierung von Oberbayern, 2015, gültig bis 31.12.2025

Sprachen
Deutsch: Muttersprache; Englisch: sehr gut; Italienisch: Anfänger
""",
        {
            "country": "AT",
            "languages": {"de": "C2", "en": "C1", "it": "A1"},
            "degrees": ["Staatsexamen"],
            "licences": [{"name": "Approbation als Apothekerin", "jurisdiction": "DE", "expires": "2025-12-31"}],
            "employers": ["Stadtapotheke Grünau"],
        },
    ),
    "physician_fr": (
        """Dr Hélène Marchand
Médecin cardiologue
12 rue des Lilas, 69003 Lyon, France

Expérience professionnelle
Depuis septembre 2018 : Praticienne hospitalière, Hôpital des Trois Rivières, Lyon
Novembre 2013 – août 2018 : Interne, CHU de Clairval

Formation
2018 Diplôme d'État de docteur en médecine, Université Lyon 1
2012 Licence de biologie, Université de Bourgogne

Inscription à l'Ordre
Inscrite au Conseil national de l'Ordre des médecins, RPPS 10101234567

Langues
Français : langue maternelle
Anglais : courant (C1)
Allemand : notions

Disponibilité
Disponible à partir du 1er avril 2027, 6 heures par semaine, 95 € par heure
""",
        {
            "country": "FR",
            "languages": {"fr": "C2", "en": "C1", "de": "A2"},
            "degrees": ["Diplôme d'État de docteur en médecine", "Licence de biologie"],
            "licences": [
                {
                    "name": "Inscrite au Conseil national de l'Ordre des médecins",
                    "jurisdiction": "FR",
                    "number": "10101234567",
                }
            ],
            "hours_per_week": 6.0,
            "available_from": "2027-04-01",
            "rate": {"amount": 95.0, "currency": "EUR", "per": "hour"},
            "employers": ["Hôpital des Trois Rivières"],
        },
    ),
    "lawyer_fr": (
        """CURRICULUM VITÆ
Paul Renaudin
Avocat en droit fiscal
Bruxelles, Belgique

EXPÉRIENCES PROFESSIONNELLES
mars 2016 – aujourd'hui
Avocat associé, Cabinet Renaudin Leclair, Bruxelles
2012 - 2016
Juriste, Banque Orvale, Luxembourg

ÉTUDES
2011 : Master 2 en droit fiscal, Université Paris II
2009 : Licence en droit, Université de Namur

LANGUES ÉTRANGÈRES
Anglais bilingue, néerlandais intermédiaire, espagnol scolaire
""",
        {
            "country": "BE",
            "languages": {"en": "C2", "nl": "B1", "es": "A2"},
            "degrees": ["Master 2 en droit fiscal", "Licence en droit"],
            "employers": ["Cabinet Renaudin Leclair"],
        },
    ),
    "lawyer_es": (
        """Carmen Ruiz Ibarra
Abogada
Calle Mayor 5, Madrid, España

Experiencia profesional
enero de 2017 – actualidad
Abogada, Despacho Ibarra Ruiz, Madrid
2013 – diciembre de 2016
Asesora jurídica, Constructora Elviña

Formación académica
2012 Máster en Derecho Tributario, Universidad de Alcalá
2010 Licenciatura en Derecho, Universidad de Vigo

Colegiación
Colegiada n.º 81234, Ilustre Colegio de la Abogacía de Madrid, 2013

Idiomas
Español (nativo), inglés (nivel avanzado), francés (básico)
""",
        {
            "country": "ES",
            "languages": {"es": "C2", "en": "C1", "fr": "A2"},
            "degrees": ["Máster en Derecho Tributario", "Licenciatura en Derecho"],
            "licences": [{"name": "Colegiada", "jurisdiction": "ES", "number": "81234"}],
            "employers": ["Despacho Ibarra Ruiz"],
        },
    ),
    "engineer_es": (
        """CURRÍCULUM VÍTAE
Nombre: Diego Salvatierra
Dirección: Guadalajara, México

PERFIL
Ingeniero de software. Disponible desde marzo de 2027, 20 horas semanales, 40 USD por hora.

EXPERIENCIA LABORAL
Desde mayo de 2020: Ingeniero de software, Nubelia, Guadalajara
febrero 2016 - abril 2020: Desarrollador, Grupo Tenoch

EDUCACIÓN
2015 Ingeniería en Sistemas Computacionales, Universidad de Colima
2022 - en curso: Maestría en Ciencia de Datos

IDIOMAS
Español: lengua materna
Inglés: C1
Portugués: intermedio
""",
        {
            "country": "MX",
            "languages": {"es": "C2", "en": "C1", "pt": "B1"},
            "degrees": ["Ingeniería en Sistemas Computacionales"],
            "hours_per_week": 20.0,
            "available_from": "2027-03-01",
            "rate": {"amount": 40.0, "currency": "USD", "per": "hour"},
            "employers": ["Nubelia"],
        },
    ),
    "biologist_it": (
        """Chiara Fontanesi
Biologa molecolare
Bologna, Italia

Esperienze lavorative
gennaio 2019 – oggi
Ricercatrice, Istituto Aldovia, Bologna

Istruzione
2018 Dottorato di ricerca in Biologia molecolare, Università di Ferrara
2014 Laurea magistrale in Biologia, Università di Parma

Lingue
Italiano (madrelingua), inglese (fluente), tedesco (B1)
""",
        {
            "country": "IT",
            "languages": {"it": "C2", "en": "C1", "de": "B1"},
            "degrees": ["Dottorato di ricerca in Biologia molecolare", "Laurea magistrale in Biologia"],
            "employers": ["Istituto Aldovia"],
        },
    ),
    "physician_en": (
        """Samuel Okonjo
Consultant Cardiologist
Leeds, United Kingdom

Work Experience
May 2017 – present
Consultant Cardiologist, Moorfield Hospital, Leeds

Education
MBBS, University of Leeds, 2006

Licences
GMC registration no. 7654321, valid until June 2024

Languages
English (native), Igbo, French (B1)
""",
        {
            "country": "GB",
            "languages": {"en": "C2", "fr": "B1"},
            "degrees": ["MBBS"],
            "licences": [
                {"name": "GMC registration", "jurisdiction": "GB", "number": "7654321", "expires": "2024-06-30"}
            ],
            "employers": ["Moorfield Hospital"],
        },
    ),
}

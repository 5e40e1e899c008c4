/* SPDX-License-Identifier: Apache-2.0 */
/* test_intent.c - what replies mean, in eight languages */
#include "tracking/intent.h"

#include "tracking/folded.h"
#include "tracking/rules.h"

#include <string.h>

/* Tuesday, 10 March 2026, 09:00 UTC */
#define TUESDAY INT64_C(1773133200000)

typedef struct {
    const char *class; /* "a|b": either is right */
    const char *day;   /* "" = not checked */
    const char *text;
} Case;

static const Case english[] = {
    {"interested", "",
     "Hello, this looks right up my street. When could we have a chat about "
     "it?"},
    {"interested|question", "",
     "Definitely keen. Would the team be open to someone based in Leeds?"},
    {"interested", "",
     "Sure, Wednesday at 3pm works. You can reach me on 07700 900123."},
    {"interested", "",
     "Thanks for getting in touch! I've been thinking about a change, so yes, "
     "let's set something up."},
    {"interested", "",
     "Please find my resume enclosed. I would welcome the opportunity to "
     "discuss the position."},
    {"not_now", "",
     "I'm flattered, but we just had a baby and I won't be considering "
     "anything before the new year."},
    {"not_now", "",
     "Bad timing I'm afraid - my bonus vests in June. Drop me a line after "
     "that?"},
    {"not_now", "",
     "I recently got promoted so I'm not going anywhere for a while. Let's "
     "keep in touch though."},
    {"not_now", "",
     "Not at this stage, but I may be open to something later in the year."},
    {"not_now", "",
     "Could we pick this up in Q3? Things are hectic over here."},
    {"not_interested", "",
     "Hi, thanks but this isn't the kind of thing I'm after."},
    {"not_interested", "",
     "I've decided to stay where I am. Best of luck filling the position."},
    {"not_interested", "",
     "I don't think this is a match, I have moved away from backend work "
     "entirely."},
    {"not_interested", "", "Nope."},
    {"not_interested", "", "I'd rather not work for an agency again, sorry."},
    {"unsubscribe", "", "Please do not contact me again about jobs."},
    {"unsubscribe", "", "Kindly delete my profile from your system."},
    {"unsubscribe", "",
     "How many times do I have to ask? Take my address off this list."},
    {"unsubscribe", "", "I didn't sign up for this. Opt me out."},
    {"unsubscribe", "", "No more mails, thanks"},
    {"wrong_person", "",
     "You have reached the wrong Emma, I teach primary school."},
    {"wrong_person", "", "Nobody called Steven uses this address."},
    {"wrong_person", "", "Rachel left our company two months ago."},
    {"wrong_person", "",
     "I've never written a line of code in my life, are you sure this was "
     "meant for me?"},
    {"referral", "",
     "My flatmate Ben is job hunting and would be ideal - ben@example.org."},
    {"referral", "",
     "Please get in touch with our head of HR, she deals with these requests."},
    {"referral|not_interested", "",
     "I'll pass, but I know a couple of people who might bite. Shall I connect "
     "you?"},
    {"referral", "",
     "I sent your ad to my old teammate Dana, she'll contact you directly."},
    {"question", "", "What's the day rate and is it inside IR35?"},
    {"question", "", "Before going any further: which company is this for?"},
    {"question", "",
     "Would I need to relocate, or can the work be done from Spain?"},
    {"question", "", "Who gave you my number?"},
    {"question", "",
     "Can you tell me a bit more about the tech stack and the interview "
     "steps?"},
    {"ooo", "2026-03-30",
     "I'm on annual leave and back in the office on 30 March. Please contact "
     "my colleague Lee for anything urgent."},
    {"ooo", "2026-03-14",
     "Thanks for your message. I'm at a conference until Friday and will reply "
     "to emails after that."},
    {"ooo", "",
     "I no longer check mail regularly as I am travelling; expect delays in my "
     "response."},
    {"other", "", "Thanks for the update!"},
    {"other", "", "Merry Christmas to you all"},
    {"other", "", "Your website shows an error when I open the second page"},
    {"interested", "",
     "Hi Sarah, great to hear from you. Yes I'd be up for a call, mornings are "
     "best for me."},
    {"interested", "",
     "This is exactly what I have been hoping for. Where can I send my "
     "application?"},
    {"interested", "", "Absolutely, please put me forward for it."},
    {"not_now", "",
     "I've only been in my current role for four months so it would be too "
     "soon for me to move."},
    {"not_now", "",
     "Might be interested, but I'm on a contract until November. Ask me again "
     "then."},
    {"not_now", "",
     "Currently on maternity leave and not planning to come back before "
     "autumn, let's talk then."},
    {"not_interested", "",
     "Thank you but I'm very settled and don't wish to explore anything else."},
    {"not_interested", "",
     "I wouldn't consider anything under 90k, so this is not for me."},
    {"not_interested", "",
     "No, I left this industry years ago and have no plans to return."},
    {"unsubscribe", "", "STOP"},
    {"unsubscribe", "",
     "I do not consent to you holding my details. Remove them at once."},
    {"unsubscribe", "", "Enough. Quit sending these."},
    {"wrong_person", "",
     "I'm not sure why I received this. My name is Karen and I run a bakery."},
    {"wrong_person", "",
     "Mr Doyle retired last year, please update your records."},
    {"referral", "",
     "I'm happy where I am but my husband might be interested, shall I give "
     "him your details?"},
    {"referral", "",
     "Have you spoken to Nina Park? She used to lead our data team."},
    {"question", "", "Is there any flexibility on location?"},
    {"question", "",
     "Hi, thanks for the message. Who is the client and how big is the team I "
     "would be joining?"},
    {"question", "", "What made you think of me for this role?"},
    {"ooo", "2026-04-08",
     "Thank you for your email. I am away on holiday, returning Wednesday 8 "
     "April."},
    {"other", "", "Ok thanks, will have a read."},
    {"other", "", "Cheers!"},
    {"interested", "",
     "Wow, perfect timing! I was just thinking about leaving my job. Let me "
     "know when you can talk."},
    {"not_now", "",
     "Thanks Kim. I'm in the middle of moving house, please get back to me at "
     "the end of April."},
    {"not_interested", "",
     "I'm going to stick with my current employer, thank you though."},
    {"unsubscribe", "", "Please cease all communication with this address."},
    {"wrong_person", "",
     "Sorry, I think you emailed the wrong address, no one by that name here."},
    {"question", "", "Do you cover relocation costs?"},
    {"ooo", "2026-03-16",
     "I'm out of office this week and will be back on Monday."},
};

static const Case german[] = {
    {"interested", "",
     "Das hört sich gut an, lassen Sie uns nächste Woche telefonieren."},
    {"interested", "",
     "Ja, ich bin offen für Neues. Wann hätten Sie Zeit für ein kurzes "
     "Gespräch?"},
    {"interested", "",
     "Hallo Herr Maier, Ihr Angebot hat mein Interesse geweckt. Meinen "
     "Lebenslauf finden Sie im Anhang."},
    {"interested|question", "",
     "Grundsätzlich bin ich interessiert. Was wären denn die nächsten "
     "Schritte?"},
    {"not_now", "",
     "Ich bin erst seit drei Monaten in meiner neuen Position, daher kommt das "
     "zu früh."},
    {"not_now", "",
     "Derzeit nicht, danke. Vielleicht können wir nach den Sommerferien "
     "nochmal sprechen?"},
    {"not_now", "",
     "Wir haben gerade Nachwuchs bekommen, melden Sie sich doch bitte Ende des "
     "Jahres wieder."},
    {"not_now", "",
     "Mein aktuelles Projekt läuft noch bis Oktober, vorher geht leider "
     "nichts."},
    {"not_interested", "",
     "Nein danke, ich bin in meinem jetzigen Job sehr zufrieden."},
    {"not_interested", "",
     "Die Branche reizt mich nicht, daher muss ich leider absagen."},
    {"not_interested", "",
     "Ich möchte mich beruflich nicht verändern. Viel Erfolg bei der Suche!"},
    {"not_interested", "",
     "Das Angebot liegt finanziell unter dem, was ich heute verdiene. Damit "
     "ist es für mich uninteressant."},
    {"unsubscribe", "",
     "Löschen Sie bitte umgehend meine Adresse aus Ihrer Datenbank."},
    {"unsubscribe", "", "Bitte keine weiteren Nachrichten mehr."},
    {"unsubscribe", "", "Unterlassen Sie künftig jede Kontaktaufnahme!"},
    {"unsubscribe", "", "Wie kann ich mich von diesem Newsletter abmelden?"},
    {"wrong_person", "",
     "Ich glaube, Sie verwechseln mich mit jemandem. Ich bin Lehrerin."},
    {"wrong_person", "",
     "Herr Yilmaz hat unser Unternehmen zum 31. Januar verlassen."},
    {"wrong_person", "",
     "Diese E-Mail-Adresse gehört nicht mehr Frau Kern, ich bin ihre "
     "Nachfolgerin."},
    {"referral", "",
     "Ein Studienfreund von mir sucht genau so etwas, darf ich Ihre "
     "Kontaktdaten weitergeben?"},
    {"referral|not_interested", "",
     "Ich selbst habe kein Interesse, aber sprechen Sie doch mal mit meiner "
     "Kollegin Jana Roth."},
    {"referral", "",
     "Ihre Anfrage habe ich an unsere Personalabteilung weitergeleitet."},
    {"question", "", "Um welches Unternehmen handelt es sich?"},
    {"question", "",
     "Wie viele Tage Homeoffice sind möglich und wie groß ist das Team?"},
    {"question", "", "Bitte nennen Sie mir vorab den Gehaltsrahmen."},
    {"question", "", "Wie sind Sie an meine Mailadresse gekommen?"},
    {"ooo", "2026-03-24",
     "Ich bin vom 9. bis 23. März im Urlaub. In dringenden Fällen wenden Sie "
     "sich bitte an meine Vertretung."},
    {"ooo", "2026-03-12",
     "Ich bin auf Dienstreise und ab Donnerstag wieder im Büro."},
    {"ooo", "",
     "Ich bin krankgeschrieben und kann Ihre Mail derzeit nicht beantworten."},
    {"other", "", "Vielen Dank, habe ich gelesen."},
    {"other", "", "Frohe Weihnachten und einen guten Rutsch!"},
    {"interested", "", "Sehr gerne! Ich könnte am Dienstagabend telefonieren."},
    {"interested", "",
     "Hallo Frau Beck, die Position entspricht genau meinen Vorstellungen. Wie "
     "sehen die nächsten Schritte aus?"},
    {"not_now", "",
     "Danke, aber ich habe zum 1. Februar meinen Job gewechselt und möchte "
     "dort erst einmal ankommen."},
    {"not_now", "",
     "Im Augenblick kommt für mich kein Wechsel infrage, fragen Sie gern "
     "nächstes Jahr noch mal nach."},
    {"not_now", "",
     "Ich bin in Elternzeit bis August und würde mich danach gern wieder "
     "melden."},
    {"not_interested", "", "Leider passt die Stelle nicht zu meinem Profil."},
    {"not_interested", "",
     "Ein Wechsel kommt für mich nicht in Betracht, ich bleibe meinem "
     "Arbeitgeber treu."},
    {"unsubscribe", "", "Streichen Sie mich von der Liste!"},
    {"unsubscribe", "",
     "Ich habe Ihnen nie erlaubt, mir zu schreiben. Bitte unterlassen Sie "
     "das."},
    {"wrong_person", "",
     "Hier liegt wohl eine Verwechslung vor, ich bin Rentner."},
    {"wrong_person", "", "Die Kollegin ist nicht mehr bei uns beschäftigt."},
    {"referral", "",
     "Ich kenne da jemanden, der perfekt passen könnte. Soll ich den Kontakt "
     "herstellen?"},
    {"referral", "",
     "Sprechen Sie bitte mit Herrn Otto aus der Personalabteilung."},
    {"question", "", "In welcher Stadt wäre der Arbeitsort?"},
    {"question", "", "Handelt es sich um eine unbefristete Festanstellung?"},
    {"ooo", "2026-03-17",
     "Bis einschließlich 16. März bin ich nicht erreichbar. Ihre Nachricht "
     "wird nicht weitergeleitet."},
    {"other", "", "Alles klar, danke!"},
    {"not_now", "", "Vor dem Sommer geht bei mir leider nichts, danach gerne."},
    {"not_interested", "", "Remote wäre Pflicht, daher bin ich leider raus."},
    {"unsubscribe", "", "Ich will keine Mails mehr von euch."},
    {"referral", "",
     "Fragen Sie mal meinen Bruder, der ist Entwickler: max@example.org"},
    {"ooo", "2026-04-07", "Ich habe Urlaub und bin ab 7. April zurück."},
};

static const Case french[] = {
    {"interested", "",
     "Cela m'intéresse, appelez-moi quand vous voulez au 07 11 22 33 44."},
    {"interested", "",
     "Votre annonce a attiré mon attention, je serais heureux d'en discuter de "
     "vive voix."},
    {"interested", "", "Ok pour un échange mardi à 18h."},
    {"interested", "",
     "Je suis justement à l'écoute du marché. Ci-joint mon CV."},
    {"not_now", "",
     "Je suis très pris jusqu'à l'été, recontactez-moi en septembre svp."},
    {"not_now", "",
     "Merci de penser à moi, mais j'ai changé d'employeur il y a deux mois."},
    {"not_now", "", "Pas dans l'immédiat, mais gardons contact."},
    {"not_now", "",
     "Mon contrat court encore six mois ; on pourra en reparler à la fin de "
     "l'année."},
    {"not_interested", "",
     "Non, cela ne correspond pas à ce que je recherche."},
    {"not_interested", "",
     "Je suis très bien dans mon entreprise actuelle et n'envisage pas d'en "
     "changer."},
    {"not_interested", "", "Après réflexion, je préfère ne pas donner suite."},
    {"not_interested", "", "Trop loin de chez moi, désolé."},
    {"unsubscribe", "", "Arrêtez de m'écrire."},
    {"unsubscribe", "", "Veuillez supprimer mon adresse de votre fichier."},
    {"unsubscribe", "",
     "Je n'ai jamais demandé à recevoir vos offres, désabonnez-moi."},
    {"unsubscribe", "", "Merci de ne plus me solliciter."},
    {"wrong_person", "", "Je crois que vous vous trompez de personne."},
    {"wrong_person", "",
     "Cette adresse mail n'est pas celle de Paul, merci de vérifier."},
    {"wrong_person", "", "Sandrine ne travaille plus chez nous depuis juin."},
    {"referral", "",
     "Je vous conseille de voir avec Marc, mon ancien responsable, il cherche "
     "à bouger."},
    {"referral|not_interested", "",
     "Cela ne me convient pas, en revanche ma sœur serait sûrement partante."},
    {"referral", "",
     "J'ai partagé votre offre dans mon réseau, notamment avec un ami "
     "développeur."},
    {"question", "", "De quelle entreprise s'agit-il ?"},
    {"question", "",
     "Combien de jours de télétravail par semaine et quel est le package ?"},
    {"question", "", "Auriez-vous plus de précisions sur les missions ?"},
    {"question", "", "Qui vous a communiqué mon numéro ?"},
    {"ooo", "2026-03-30",
     "Je suis en déplacement et de retour le 30 mars. Pour toute urgence, "
     "contactez le standard."},
    {"ooo", "2026-03-21",
     "En vacances jusqu'au vendredi 20 mars, je lirai vos messages ensuite."},
    {"ooo", "", "Actuellement en arrêt maladie, je ne consulte pas mes mails."},
    {"other", "", "C'est noté, bonne journée."},
    {"other", "", "Joyeux anniversaire à l'entreprise !"},
    {"interested", "",
     "Bonjour, oui ce poste me plairait beaucoup. Je peux vous parler demain "
     "matin."},
    {"interested", "", "Pourquoi pas ! Dites-m'en plus."},
    {"not_now", "", "Je viens de signer un CDI, donc non pour l'instant."},
    {"not_now", "",
     "Trop tôt pour moi, je finis mes études en juillet. Revenez vers moi à ce "
     "moment-là."},
    {"not_interested", "",
     "Je ne suis pas à la recherche d'un nouvel emploi, bonne continuation."},
    {"not_interested", "", "Merci mais je vais décliner."},
    {"unsubscribe", "", "Retirez-moi de vos contacts svp."},
    {"unsubscribe", "", "Je vous demande de cesser tout envoi."},
    {"wrong_person", "",
     "Vous faites erreur, je ne suis pas ingénieur mais fleuriste."},
    {"wrong_person", "", "M. Garnier a pris sa retraite l'an dernier."},
    {"referral", "",
     "J'ai une amie qui serait parfaite pour ce poste, voulez-vous ses "
     "coordonnées ?"},
    {"referral", "", "Merci de vous adresser à notre service RH."},
    {"question", "",
     "Le télétravail est-il possible et combien de congés sont prévus ?"},
    {"question", "", "Pourriez-vous me préciser le salaire proposé ?"},
    {"ooo", "2026-03-25",
     "Je suis absente jusqu'au 24 mars. Merci de contacter ma collègue en cas "
     "d'urgence."},
    {"other", "", "Merci pour l'information."},
    {"not_now", "",
     "Je suis en plein déménagement, pouvez-vous me relancer fin avril ?"},
    {"not_interested", "", "Non. Je ne veux pas changer de poste."},
    {"unsubscribe", "", "Effacez mes coordonnées de votre base."},
    {"referral", "",
     "Vous devriez contacter Hugo, il cherche un poste similaire."},
    {"ooo", "2026-04-07", "Je suis en congés, de retour le mardi 7 avril."},
};

static const Case spanish[] = {
    {"interested", "",
     "¡Hola! Sí, estoy buscando un cambio. ¿Cuándo podemos hablar?"},
    {"interested", "",
     "Me parece muy interesante, quedo a la espera de tu llamada."},
    {"interested", "", "Perfecto, el martes por la tarde me va bien."},
    {"interested", "",
     "Me llama mucho la atención vuestro proyecto, adjunto mi currículum."},
    {"not_now", "",
     "Hace dos meses que cambié de trabajo, así que por ahora no me planteo "
     "nada."},
    {"not_now", "",
     "En este momento no puedo, estoy de exámenes hasta julio. ¿Lo retomamos "
     "después?"},
    {"not_now", "", "Igual más adelante, ahora tengo mucho lío."},
    {"not_now", "", "Contáctame de nuevo a partir de enero, por favor."},
    {"not_interested", "",
     "Te agradezco el mensaje, pero no encaja con lo que busco."},
    {"not_interested", "",
     "Estoy muy contento en mi empresa y no pienso cambiar."},
    {"not_interested", "",
     "Debo declinar la oferta, mucha suerte con la búsqueda."},
    {"not_interested", "", "El sueldo que ofrecéis es muy bajo."},
    {"unsubscribe", "", "No me escribáis más."},
    {"unsubscribe", "", "Quiero darme de baja de este boletín."},
    {"unsubscribe", "", "Eliminen mi correo de su base de datos, por favor."},
    {"unsubscribe", "", "Dejen de enviarme ofertas que no he pedido."},
    {"wrong_person", "", "Me parece que me confundes con otra persona."},
    {"wrong_person", "", "Aquí no trabaja ningún Javier."},
    {"wrong_person", "", "Beatriz se fue de la empresa el año pasado."},
    {"referral", "",
     "Mi hermano es ingeniero y está buscando trabajo, os paso su contacto."},
    {"referral|not_interested", "",
     "A mí no me interesa, pero conozco a una persona que encajaría."},
    {"referral", "", "Mejor habla con mi jefa, ella decide estas cosas."},
    {"question", "", "¿Qué empresa es y dónde está la oficina?"},
    {"question", "", "¿Hay posibilidad de teletrabajo?"},
    {"question", "", "¿Podríais darme más detalles sobre las funciones?"},
    {"question", "", "¿Cómo habéis conseguido mi teléfono?"},
    {"ooo", "2026-03-30",
     "Estoy de viaje de trabajo y vuelvo el 30 de marzo. Si es urgente, llamad "
     "a la centralita."},
    {"ooo", "2026-03-21",
     "Me encuentro de vacaciones hasta el viernes 20 de marzo."},
    {"ooo", "", "Estoy de baja médica y no puedo atender el correo."},
    {"other", "", "Gracias, lo he recibido."},
    {"other", "", "¡Enhorabuena por el aniversario!"},
    {"interested", "",
     "Buenos días, sí me gustaría conocer más detalles. Puedo mañana a las "
     "10."},
    {"interested", "", "¡Claro que sí! Os envío mi CV."},
    {"not_now", "",
     "Llevo solo tres meses en mi puesto actual, quizá el año que viene."},
    {"not_now", "",
     "Ahora estoy de permiso de paternidad, escríbeme en junio."},
    {"not_interested", "", "No es lo que busco, gracias."},
    {"unsubscribe", "", "Sácame de esta lista."},
    {"unsubscribe", "", "No autorizo el uso de mis datos, bórrenlos."},
    {"wrong_person", "",
     "Se ha equivocado, este no es mi sector, soy profesora."},
    {"wrong_person", "", "Don Miguel se jubiló hace un año."},
    {"referral", "", "Le he pasado tu mensaje a un excompañero."},
    {"referral", "", "Tengo una amiga que encajaría de maravilla."},
    {"question", "", "¿El contrato es indefinido?"},
    {"question", "", "Me gustaría saber cuál es el rango salarial."},
    {"ooo", "2026-03-17",
     "Estoy fuera hasta el lunes 16. Para urgencias llame a la oficina."},
    {"other", "", "Gracias por avisar."},
    {"not_now", "", "Estoy en plena mudanza, escríbeme a finales de abril."},
    {"not_interested", "", "Gracias, pero voy a rechazar la propuesta."},
    {"unsubscribe", "", "¿Cómo me doy de baja?"},
    {"referral", "", "Deberías contactar con Hugo, busca algo parecido."},
    {"ooo", "2026-04-07", "Estoy de vacaciones y vuelvo el martes 7 de abril."},
};

static const Case dutch[] = {
    {"interested", "", "Klinkt goed, wanneer kunnen we bellen?"},
    {"interested", "", "Ik ben zeker geïnteresseerd en stuur hierbij mijn cv."},
    {"interested", "", "Dinsdag om 10 uur komt mij goed uit."},
    {"interested", "",
     "Ik ben inderdaad toe aan iets nieuws, vertel me er eens meer over."},
    {"not_now", "",
     "Op dit moment ben ik daar niet mee bezig, maar mail me gerust over een "
     "half jaar."},
    {"not_now", "",
     "Ik ben sinds vorige maand aan de slag bij een nieuwe werkgever."},
    {"not_now", "", "Het komt nu slecht uit, misschien in het najaar."},
    {"not_now", "",
     "Mijn contract loopt nog tot december, daarvoor kan ik niet weg."},
    {"not_interested", "", "Nee, dit spreekt me niet aan."},
    {"not_interested", "", "Ik zit goed op mijn plek en wil niet overstappen."},
    {"not_interested", "",
     "Helaas, de reistijd is voor mij te lang. Succes met zoeken!"},
    {"not_interested", "", "Ik sla deze over, dank voor het aanbod."},
    {"unsubscribe", "", "Haal mij alsjeblieft van jullie lijst af."},
    {"unsubscribe", "", "Stop met mailen."},
    {"unsubscribe", "", "Wilt u mijn gegevens uit uw bestand verwijderen?"},
    {"unsubscribe", "", "Ik wens niet meer benaderd te worden."},
    {"wrong_person", "",
     "U heeft zich vergist, ik ken dit bedrijf niet en ben gepensioneerd."},
    {"wrong_person", "", "Er werkt hier niemand die zo heet."},
    {"wrong_person", "", "Marieke is vorig jaar bij ons vertrokken."},
    {"referral", "",
     "Mijn broer zoekt een baan in deze richting, zal ik jullie koppelen?"},
    {"referral|not_interested", "",
     "Zelf niet, maar een oud-collega van mij is wel op zoek."},
    {"referral", "", "Neem hierover contact op met onze HR-manager."},
    {"question", "", "Om welk bedrijf gaat het?"},
    {"question", "",
     "Hoeveel uur per week is de functie en kan ik thuiswerken?"},
    {"question", "",
     "Zou je mij wat meer informatie over de rol kunnen geven?"},
    {"question", "", "Van wie heeft u mijn nummer gekregen?"},
    {"ooo", "2026-03-30",
     "Ik ben op vakantie en vanaf maandag 30 maart weer aanwezig."},
    {"ooo", "2026-03-21",
     "Tot en met 20 maart ben ik niet op kantoor. Bij spoed kunt u bellen met "
     "de receptie."},
    {"ooo", "", "Wegens ziekte ben ik momenteel afwezig."},
    {"other", "", "Bedankt, ontvangen."},
    {"other", "", "Gefeliciteerd met jullie jubileum!"},
    {"interested", "", "Ja leuk, ik hoor graag meer. Bel me maar na vijven."},
    {"interested", "", "Wat een mooie functie! Ik wil graag solliciteren."},
    {"not_now", "",
     "Ik ben net vader geworden, dus even niet. Over een jaar misschien."},
    {"not_now", "",
     "Momenteel niet op zoek, maar hou mijn gegevens gerust bij."},
    {"not_interested", "", "Niet geïnteresseerd."},
    {"not_interested", "", "Dit past niet bij wat ik wil doen, toch bedankt."},
    {"unsubscribe", "", "Graag mijn gegevens wissen."},
    {"unsubscribe", "", "Niet meer mailen aub."},
    {"wrong_person", "", "Verkeerd adres, hier woont geen Kees."},
    {"wrong_person", "", "Zij is met pensioen gegaan."},
    {"referral", "",
     "Misschien is dit iets voor mijn vriend Jeroen, hij zoekt werk."},
    {"referral", "", "Ik heb je bericht aan mijn leidinggevende gegeven."},
    {"question", "", "Is er een auto van de zaak?"},
    {"question", "", "Kan je me vertellen wie de klant is?"},
    {"ooo", "2026-03-24",
     "Ik ben afwezig tot en met 23 maart en lees mijn mail niet."},
    {"other", "", "Top, dank je."},
    {"not_now", "",
     "Ik zit midden in een verhuizing, mail me eind april nog eens."},
    {"not_interested", "",
     "Bedankt, maar ik blijf bij mijn huidige werkgever."},
    {"unsubscribe", "", "Verwijder mij uit jullie systeem."},
    {"referral", "",
     "Misschien kun je Hugo benaderen, hij zoekt iets vergelijkbaars."},
    {"ooo", "2026-04-07", "Ik heb vakantie en ben dinsdag 7 april terug."},
};

static const Case italian[] = {
    {"interested", "",
     "Buongiorno, la posizione mi interessa. Possiamo sentirci giovedì?"},
    {"interested", "", "Sì, volentieri. In allegato il mio curriculum."},
    {"not_now", "", "Al momento non sto cercando, ma restiamo in contatto."},
    {"not_now", "",
     "Ho appena iniziato un nuovo lavoro, magari ne riparliamo tra un anno."},
    {"not_interested", "", "Grazie, ma non sono interessato."},
    {"not_interested", "", "Sono contenta dove sono e non intendo cambiare."},
    {"unsubscribe", "", "Vi prego di cancellarmi dalla vostra mailing list."},
    {"unsubscribe", "", "Non voglio più ricevere queste mail."},
    {"wrong_person", "", "Avete sbagliato persona, io faccio il cuoco."},
    {"wrong_person", "", "La dottoressa Ferri non lavora più con noi."},
    {"referral", "", "Un mio amico cerca lavoro e sarebbe perfetto per voi."},
    {"referral", "", "Ho inoltrato la sua mail a una collega."},
    {"question", "", "È possibile lavorare da remoto?"},
    {"question", "", "Come avete avuto il mio indirizzo?"},
    {"ooo", "2026-03-23",
     "Sono in ferie e rientro lunedì 23 marzo. Per urgenze scrivere alla "
     "segreteria."},
    {"other", "", "Ricevuto, grazie."},
};

static const Case portuguese[] = {
    {"interested", "",
     "Olá, tenho interesse na vaga. Podemos conversar amanhã?"},
    {"interested", "", "Com certeza! Segue em anexo o meu currículo."},
    {"not_now", "",
     "Neste momento não estou à procura, talvez no próximo ano."},
    {"not_now", "", "Acabei de mudar de emprego, mas vamos manter contacto."},
    {"not_interested", "", "Obrigada, mas não me interessa."},
    {"not_interested", "", "Estou feliz na minha empresa e não pretendo sair."},
    {"unsubscribe", "", "Por favor removam o meu e-mail da vossa lista."},
    {"unsubscribe", "", "Parem de me enviar mensagens."},
    {"wrong_person", "", "Acho que se enganou na pessoa."},
    {"wrong_person", "", "O Pedro já não trabalha connosco."},
    {"referral", "", "Conheço uma pessoa que seria ideal para isto."},
    {"referral", "", "Encaminhei a sua mensagem para um colega meu."},
    {"question", "", "Qual é o salário e onde fica o escritório?"},
    {"question", "", "Como conseguiu o meu contacto?"},
    {"ooo", "2026-03-21",
     "Estou de férias até dia 20 de março. Em caso de urgência contacte a "
     "receção."},
    {"other", "", "Recebido, obrigado."},
};

static const Case polish[] = {
    {"interested", "",
     "Dzień dobry, oferta brzmi ciekawie. Chętnie porozmawiam w czwartek."},
    {"interested", "",
     "Tak, jestem zainteresowana. W załączniku przesyłam CV."},
    {"not_now", "", "Obecnie nie szukam pracy, ale zostańmy w kontakcie."},
    {"not_now", "", "Dopiero co zmieniłem firmę, proszę odezwać się za rok."},
    {"not_interested", "", "Dziękuję, ale nie jestem zainteresowany."},
    {"not_interested", "",
     "Nie zamierzam zmieniać pracy, jestem zadowolona z obecnej."},
    {"unsubscribe", "", "Proszę usunąć mój adres z Państwa bazy."},
    {"unsubscribe", "", "Nie chcę dostawać więcej takich maili."},
    {"wrong_person", "", "Chyba pomyliła Pani osoby, jestem lekarzem."},
    {"wrong_person", "", "Pani Zając już u nas nie pracuje."},
    {"referral", "", "Mój kolega szuka takiej pracy, mogę go polecić."},
    {"referral", "", "Przekazałam Pana wiadomość znajomemu."},
    {"question", "", "Czy możliwa jest praca zdalna?"},
    {"question", "", "Skąd mają Państwo mój numer?"},
    {"ooo", "2026-03-23",
     "Jestem na urlopie i wracam do biura 23 marca. W pilnych sprawach proszę "
     "o kontakt z sekretariatem."},
    {"other", "", "Dziękuję za informację."},
};

typedef struct {
    const Case *cases;
    size_t n;
} Table;

static bool
is_one_of(const char *name, const char *names)
{
    g_auto(GStrv) list = g_strsplit(names, "|", -1);

    return g_strv_contains((const char *const *)list, name);
}

static void
test_replies(const void *data)
{
    const Table *table = data;
    int wrong = 0;

    for (size_t i = 0; i < table->n; i++) {
        const Case *c = &table->cases[i];
        Intent got;
        intent_classify(c->text, NULL, TUESDAY, &got);
        if (is_one_of(intent_class_name(got.class), c->class) &&
            (!c->day[0] || strcmp(got.back_on, c->day) == 0))
            continue;
        wrong++;
        g_test_message("'%s': %s %s (%s)", c->text,
                       intent_class_name(got.class), got.back_on, got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

static void
add(const char *name, const Case *cases, size_t n)
{
    g_autofree char *path = g_strdup_printf("/intent/%s", name);
    Table *table = g_new(Table, 1);

    *table = (Table){cases, n};
    g_test_add_data_func_full(path, table, test_replies, g_free);
}

static bool
matches(RuleTable *table, guint rule, const char *text)
{
    g_auto(Haystack) h = {0};

    haystack_init(&h, text, strlen(text));
    return rules_match(table, rule, &h);
}

/* Every row of the table matches its own example, and not the other one. */
static void
test_rules(void)
{
    RuleTable *table = rules_load("tracking/data/intent.tsv");

    for (guint i = 0; i < rules_count(table); i++) {
        const Rule *rule = rules_get(table, i);
        g_autofree char *match = text_fold(rule->match, 1000);
        g_autofree char *nomatch = text_fold(rule->nomatch, 1000);
        g_test_message("intent.tsv:%d '%s' '%s'", rule->line, match, nomatch);
        g_assert_true(match[0] && matches(table, i, match));
        g_assert_true(nomatch[0] && !matches(table, i, nomatch));
    }
    rules_free(table);
}

static void
test_flags(void)
{
    static const struct {
        const char *text;
        bool strong_optout, erasure, left_company;
    } cases[] = {
        {"Unsubscribe", true, false, false},
        {"Please take me off your mailing list.", true, false, false},
        {"Erase all personal data you hold on me.", true, true, false},
        {"I'm interested, but which data do you keep? Can I unsubscribe from "
         "the newsletter only?",
         false, false, false},
        {"Abmelden bitte", true, false, false},
        {"Supprimez mon compte et toutes mes données.", true, true, false},
        {"Klaus is no longer with our company.", false, false, true},
        {"Frau Sommer hat unser Haus verlassen.", false, false, true},
        {"Sounds good, call me on Monday.", false, false, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Intent got;
        intent_classify(cases[i].text, NULL, TUESDAY, &got);
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(got.strong_optout, ==, cases[i].strong_optout);
        g_assert_cmpint(got.erasure, ==, cases[i].erasure);
        g_assert_cmpint(got.left_company, ==, cases[i].left_company);
    }
}

static void
test_later_day(void)
{
    static const struct {
        const char *text, *day;
    } cases[] = {
        {"Not right now, please try me again in May.", "2026-05-01"},
        {"Aktuell nicht, aber melden Sie sich gern im Herbst wieder.",
         "2026-09-01"},
        {"Pas pour le moment, recontactez-moi dans six mois.", "2026-09-10"},
        {"I just started a new job in January, timing is not right.", ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Intent got;
        intent_classify(cases[i].text, NULL, TUESDAY, &got);
        g_assert_cmpstr(intent_class_name(got.class), ==, "not_now");
        g_assert_cmpstr(got.back_on, ==, cases[i].day);
    }
}

/* Nothing, noise, or too little: a person must read it. */
static void
test_abstains(void)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "Hi Sam,\n\nBest regards,\nAnn",
        "...",
        "12345",
        "See below.",
        "\xf0\x9f\x91\x8d",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Intent got;
        intent_classify(texts[i], "", 0, &got);
        g_assert_cmpint(got.class, ==, INTENT_OTHER);
        g_assert_cmpstr(got.rule, ==, "");
        g_assert_cmpfloat(got.confidence, ==, 0);
    }
}

static void
test_names_its_rule(void)
{
    Intent got;

    intent_classify("I am not interested.", NULL, TUESDAY, &got);
    g_assert_cmpint(got.class, ==, INTENT_NOT_INTERESTED);
    g_assert_true(g_str_has_prefix(got.rule, "intent.tsv:"));
    g_assert_cmpfloat(got.confidence, >, 0.5);
    g_assert_cmpfloat(got.confidence, <=, 1);
}

/* What a List-Unsubscribe mailto sends has a subject and no text. */
static void
test_subject(void)
{
    Intent got;

    intent_classify("", "unsubscribe", TUESDAY, &got);
    g_assert_cmpint(got.class, ==, INTENT_UNSUBSCRIBE);
    g_assert_true(got.strong_optout);
}

static void
test_long_text(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Intent got;

    while (text->len < 300000)
        g_string_append(text, "I do not want to not want to ");
    intent_classify(text->str, text->str, TUESDAY, &got);
    g_assert_cmpint(got.class, <, INTENT_CLASSES);
}

static char **
lines_of(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return g_strsplit(g_strchomp(text), "\n", -1);
}

/* Only an order to stop is acted on alone; nothing that sounds like one is. */
static void
test_opt_outs(void)
{
    g_auto(GStrv) lines = lines_of("tests/data/opt-outs.tsv");
    int wrong = 0;

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, "\t", 3);
        Intent got;
        if (**line == '#' || strcmp(cell[1], "verdict") == 0)
            continue;
        intent_classify(cell[2], NULL, TUESDAY, &got);
        if (got.strong_optout == (strcmp(cell[1], "order") == 0))
            continue;
        wrong++;
        g_test_message("'%s' %d (%s)", cell[2], got.strong_optout, got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

static void
test_unseen(void)
{
    g_auto(GStrv) lines = lines_of("tests/data/intents.tsv");
    int wrong = 0;

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, "\t", 5);
        Intent got;
        if (**line == '#' || strcmp(cell[1], "class") == 0)
            continue;
        intent_classify(cell[4], NULL, TUESDAY, &got);
        const char *class = intent_class_name(got.class);
        if ((strcmp(class, cell[1]) == 0 || strcmp(class, cell[2]) == 0) &&
            (*cell[3] == '-' || strcmp(cell[3], got.back_on) == 0))
            continue;
        wrong++;
        g_test_message("'%s': %s %s (%s)", cell[4], class, got.back_on,
                       got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("english", english, G_N_ELEMENTS(english));
    add("german", german, G_N_ELEMENTS(german));
    add("french", french, G_N_ELEMENTS(french));
    add("spanish", spanish, G_N_ELEMENTS(spanish));
    add("dutch", dutch, G_N_ELEMENTS(dutch));
    add("italian", italian, G_N_ELEMENTS(italian));
    add("portuguese", portuguese, G_N_ELEMENTS(portuguese));
    add("polish", polish, G_N_ELEMENTS(polish));
    g_test_add_func("/intent/rules", test_rules);
    g_test_add_func("/intent/opt-outs", test_opt_outs);
    g_test_add_func("/intent/unseen", test_unseen);
    g_test_add_func("/intent/flags", test_flags);
    g_test_add_func("/intent/later-day", test_later_day);
    g_test_add_func("/intent/abstains", test_abstains);
    g_test_add_func("/intent/names-its-rule", test_names_its_rule);
    g_test_add_func("/intent/subject", test_subject);
    g_test_add_func("/intent/long-text", test_long_text);
    return g_test_run();
}

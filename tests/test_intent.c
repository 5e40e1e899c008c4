/* SPDX-License-Identifier: Apache-2.0 */
/* test_intent.c - what replies mean, in eight languages */
#include "tracking/intent.h"

#include "tracking/folded.h"
#include "tracking/rules.h"

#include <string.h>

/* Tuesday, 10 March 2026, 09:00 UTC */
#define TUESDAY INT64_C(1773133200000)

typedef struct {
    IntentClass class, also; /* either is right */
    const char *day;         /* "" = not checked */
    const char *text;
} Case;

static const Case english[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Hello, this looks right up my street. When could we have a chat about "
     "it?"},
    {INTENT_INTERESTED, INTENT_QUESTION, "",
     "Definitely keen. Would the team be open to someone based in Leeds?"},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Sure, Wednesday at 3pm works. You can reach me on 07700 900123."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Thanks for getting in touch! I've been thinking about a change, so yes, "
     "let's set something up."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Please find my resume enclosed. I would welcome the opportunity to "
     "discuss the position."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "I'm flattered, but we just had a baby and I won't be considering "
     "anything before the new year."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Bad timing I'm afraid - my bonus vests in June. Drop me a line after "
     "that?"},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "I recently got promoted so I'm not going anywhere for a while. Let's "
     "keep in touch though."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Not at this stage, but I may be open to something later in the year."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Could we pick this up in Q3? Things are hectic over here."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Hi, thanks but this isn't the kind of thing I'm after."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "I've decided to stay where I am. Best of luck filling the position."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "I don't think this is a match, I have moved away from backend work "
     "entirely."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "", "Nope."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "I'd rather not work for an agency again, sorry."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Please do not contact me again about jobs."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Kindly delete my profile from your system."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "How many times do I have to ask? Take my address off this list."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "I didn't sign up for this. Opt me out."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "", "No more mails, thanks"},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "You have reached the wrong Emma, I teach primary school."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Nobody called Steven uses this address."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Rachel left our company two months ago."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "I've never written a line of code in my life, are you sure this was "
     "meant for me?"},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "My flatmate Ben is job hunting and would be ideal - ben@example.org."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Please get in touch with our head of HR, she deals with these requests."},
    {INTENT_REFERRAL, INTENT_NOT_INTERESTED, "",
     "I'll pass, but I know a couple of people who might bite. Shall I connect "
     "you?"},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "I sent your ad to my old teammate Dana, she'll contact you directly."},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "What's the day rate and is it inside IR35?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Before going any further: which company is this for?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Would I need to relocate, or can the work be done from Spain?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "Who gave you my number?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Can you tell me a bit more about the tech stack and the interview "
     "steps?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-30",
     "I'm on annual leave and back in the office on 30 March. Please contact "
     "my colleague Lee for anything urgent."},
    {INTENT_OOO, INTENT_OTHER, "2026-03-14",
     "Thanks for your message. I'm at a conference until Friday and will reply "
     "to emails after that."},
    {INTENT_OOO, INTENT_OTHER, "",
     "I no longer check mail regularly as I am travelling; expect delays in my "
     "response."},
    {INTENT_OTHER, INTENT_OTHER, "", "Thanks for the update!"},
    {INTENT_OTHER, INTENT_OTHER, "", "Merry Christmas to you all"},
    {INTENT_OTHER, INTENT_OTHER, "",
     "Your website shows an error when I open the second page"},
};

static const Case german[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Das hört sich gut an, lassen Sie uns nächste Woche telefonieren."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Ja, ich bin offen für Neues. Wann hätten Sie Zeit für ein kurzes "
     "Gespräch?"},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Hallo Herr Maier, Ihr Angebot hat mein Interesse geweckt. Meinen "
     "Lebenslauf finden Sie im Anhang."},
    {INTENT_INTERESTED, INTENT_QUESTION, "",
     "Grundsätzlich bin ich interessiert. Was wären denn die nächsten "
     "Schritte?"},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Ich bin erst seit drei Monaten in meiner neuen Position, daher kommt das "
     "zu früh."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Derzeit nicht, danke. Vielleicht können wir nach den Sommerferien "
     "nochmal sprechen?"},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Wir haben gerade Nachwuchs bekommen, melden Sie sich doch bitte Ende des "
     "Jahres wieder."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Mein aktuelles Projekt läuft noch bis Oktober, vorher geht leider "
     "nichts."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Nein danke, ich bin in meinem jetzigen Job sehr zufrieden."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Die Branche reizt mich nicht, daher muss ich leider absagen."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Ich möchte mich beruflich nicht verändern. Viel Erfolg bei der Suche!"},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Das Angebot liegt finanziell unter dem, was ich heute verdiene. Damit "
     "ist es für mich uninteressant."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Löschen Sie bitte umgehend meine Adresse aus Ihrer Datenbank."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Bitte keine weiteren Nachrichten mehr."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Unterlassen Sie künftig jede Kontaktaufnahme!"},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Wie kann ich mich von diesem Newsletter abmelden?"},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Ich glaube, Sie verwechseln mich mit jemandem. Ich bin Lehrerin."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Herr Yilmaz hat unser Unternehmen zum 31. Januar verlassen."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Diese E-Mail-Adresse gehört nicht mehr Frau Kern, ich bin ihre "
     "Nachfolgerin."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Ein Studienfreund von mir sucht genau so etwas, darf ich Ihre "
     "Kontaktdaten weitergeben?"},
    {INTENT_REFERRAL, INTENT_NOT_INTERESTED, "",
     "Ich selbst habe kein Interesse, aber sprechen Sie doch mal mit meiner "
     "Kollegin Jana Roth."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Ihre Anfrage habe ich an unsere Personalabteilung weitergeleitet."},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Um welches Unternehmen handelt es sich?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Wie viele Tage Homeoffice sind möglich und wie groß ist das Team?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Bitte nennen Sie mir vorab den Gehaltsrahmen."},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Wie sind Sie an meine Mailadresse gekommen?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-24",
     "Ich bin vom 9. bis 23. März im Urlaub. In dringenden Fällen wenden Sie "
     "sich bitte an meine Vertretung."},
    {INTENT_OOO, INTENT_OTHER, "2026-03-12",
     "Ich bin auf Dienstreise und ab Donnerstag wieder im Büro."},
    {INTENT_OOO, INTENT_OTHER, "",
     "Ich bin krankgeschrieben und kann Ihre Mail derzeit nicht beantworten."},
    {INTENT_OTHER, INTENT_OTHER, "", "Vielen Dank, habe ich gelesen."},
    {INTENT_OTHER, INTENT_OTHER, "",
     "Frohe Weihnachten und einen guten Rutsch!"},
};

static const Case french[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Cela m'intéresse, appelez-moi quand vous voulez au 07 11 22 33 44."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Votre annonce a attiré mon attention, je serais heureux d'en discuter de "
     "vive voix."},
    {INTENT_INTERESTED, INTENT_OTHER, "", "Ok pour un échange mardi à 18h."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Je suis justement à l'écoute du marché. Ci-joint mon CV."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Je suis très pris jusqu'à l'été, recontactez-moi en septembre svp."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Merci de penser à moi, mais j'ai changé d'employeur il y a deux mois."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Pas dans l'immédiat, mais gardons contact."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Mon contrat court encore six mois ; on pourra en reparler à la fin de "
     "l'année."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Non, cela ne correspond pas à ce que je recherche."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Je suis très bien dans mon entreprise actuelle et n'envisage pas d'en "
     "changer."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Après réflexion, je préfère ne pas donner suite."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "", "Trop loin de chez moi, désolé."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "", "Arrêtez de m'écrire."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Veuillez supprimer mon adresse de votre fichier."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Je n'ai jamais demandé à recevoir vos offres, désabonnez-moi."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "", "Merci de ne plus me solliciter."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Je crois que vous vous trompez de personne."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Cette adresse mail n'est pas celle de Paul, merci de vérifier."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Sandrine ne travaille plus chez nous depuis juin."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Je vous conseille de voir avec Marc, mon ancien responsable, il cherche "
     "à bouger."},
    {INTENT_REFERRAL, INTENT_NOT_INTERESTED, "",
     "Cela ne me convient pas, en revanche ma sœur serait sûrement partante."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "J'ai partagé votre offre dans mon réseau, notamment avec un ami "
     "développeur."},
    {INTENT_QUESTION, INTENT_OTHER, "", "De quelle entreprise s'agit-il ?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Combien de jours de télétravail par semaine et quel est le package ?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Auriez-vous plus de précisions sur les missions ?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "Qui vous a communiqué mon numéro ?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-30",
     "Je suis en déplacement et de retour le 30 mars. Pour toute urgence, "
     "contactez le standard."},
    {INTENT_OOO, INTENT_OTHER, "2026-03-21",
     "En vacances jusqu'au vendredi 20 mars, je lirai vos messages ensuite."},
    {INTENT_OOO, INTENT_OTHER, "",
     "Actuellement en arrêt maladie, je ne consulte pas mes mails."},
    {INTENT_OTHER, INTENT_OTHER, "", "C'est noté, bonne journée."},
    {INTENT_OTHER, INTENT_OTHER, "", "Joyeux anniversaire à l'entreprise !"},
};

static const Case spanish[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "¡Hola! Sí, estoy buscando un cambio. ¿Cuándo podemos hablar?"},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Me parece muy interesante, quedo a la espera de tu llamada."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Perfecto, el martes por la tarde me va bien."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Me llama mucho la atención vuestro proyecto, adjunto mi currículum."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Hace dos meses que cambié de trabajo, así que por ahora no me planteo "
     "nada."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "En este momento no puedo, estoy de exámenes hasta julio. ¿Lo retomamos "
     "después?"},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Igual más adelante, ahora tengo mucho lío."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Contáctame de nuevo a partir de enero, por favor."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Te agradezco el mensaje, pero no encaja con lo que busco."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Estoy muy contento en mi empresa y no pienso cambiar."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Debo declinar la oferta, mucha suerte con la búsqueda."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "El sueldo que ofrecéis es muy bajo."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "", "No me escribáis más."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Quiero darme de baja de este boletín."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Eliminen mi correo de su base de datos, por favor."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Dejen de enviarme ofertas que no he pedido."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Me parece que me confundes con otra persona."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "", "Aquí no trabaja ningún Javier."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Beatriz se fue de la empresa el año pasado."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Mi hermano es ingeniero y está buscando trabajo, os paso su contacto."},
    {INTENT_REFERRAL, INTENT_NOT_INTERESTED, "",
     "A mí no me interesa, pero conozco a una persona que encajaría."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Mejor habla con mi jefa, ella decide estas cosas."},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "¿Qué empresa es y dónde está la oficina?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "¿Hay posibilidad de teletrabajo?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "¿Podríais darme más detalles sobre las funciones?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "¿Cómo habéis conseguido mi teléfono?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-30",
     "Estoy de viaje de trabajo y vuelvo el 30 de marzo. Si es urgente, llamad "
     "a la centralita."},
    {INTENT_OOO, INTENT_OTHER, "2026-03-21",
     "Me encuentro de vacaciones hasta el viernes 20 de marzo."},
    {INTENT_OOO, INTENT_OTHER, "",
     "Estoy de baja médica y no puedo atender el correo."},
    {INTENT_OTHER, INTENT_OTHER, "", "Gracias, lo he recibido."},
    {INTENT_OTHER, INTENT_OTHER, "", "¡Enhorabuena por el aniversario!"},
};

static const Case dutch[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Klinkt goed, wanneer kunnen we bellen?"},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Ik ben zeker geïnteresseerd en stuur hierbij mijn cv."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Dinsdag om 10 uur komt mij goed uit."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Ik ben inderdaad toe aan iets nieuws, vertel me er eens meer over."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Op dit moment ben ik daar niet mee bezig, maar mail me gerust over een "
     "half jaar."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Ik ben sinds vorige maand aan de slag bij een nieuwe werkgever."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Het komt nu slecht uit, misschien in het najaar."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Mijn contract loopt nog tot december, daarvoor kan ik niet weg."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "", "Nee, dit spreekt me niet aan."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Ik zit goed op mijn plek en wil niet overstappen."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Helaas, de reistijd is voor mij te lang. Succes met zoeken!"},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Ik sla deze over, dank voor het aanbod."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Haal mij alsjeblieft van jullie lijst af."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "", "Stop met mailen."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Wilt u mijn gegevens uit uw bestand verwijderen?"},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Ik wens niet meer benaderd te worden."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "U heeft zich vergist, ik ken dit bedrijf niet en ben gepensioneerd."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Er werkt hier niemand die zo heet."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Marieke is vorig jaar bij ons vertrokken."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Mijn broer zoekt een baan in deze richting, zal ik jullie koppelen?"},
    {INTENT_REFERRAL, INTENT_NOT_INTERESTED, "",
     "Zelf niet, maar een oud-collega van mij is wel op zoek."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Neem hierover contact op met onze HR-manager."},
    {INTENT_QUESTION, INTENT_OTHER, "", "Om welk bedrijf gaat het?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Hoeveel uur per week is de functie en kan ik thuiswerken?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Zou je mij wat meer informatie over de rol kunnen geven?"},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Van wie heeft u mijn nummer gekregen?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-30",
     "Ik ben op vakantie en vanaf maandag 30 maart weer aanwezig."},
    {INTENT_OOO, INTENT_OTHER, "2026-03-21",
     "Tot en met 20 maart ben ik niet op kantoor. Bij spoed kunt u bellen met "
     "de receptie."},
    {INTENT_OOO, INTENT_OTHER, "", "Wegens ziekte ben ik momenteel afwezig."},
    {INTENT_OTHER, INTENT_OTHER, "", "Bedankt, ontvangen."},
    {INTENT_OTHER, INTENT_OTHER, "", "Gefeliciteerd met jullie jubileum!"},
};

static const Case italian[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Buongiorno, la posizione mi interessa. Possiamo sentirci giovedì?"},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Sì, volentieri. In allegato il mio curriculum."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Al momento non sto cercando, ma restiamo in contatto."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Ho appena iniziato un nuovo lavoro, magari ne riparliamo tra un anno."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Grazie, ma non sono interessato."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Sono contenta dove sono e non intendo cambiare."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Vi prego di cancellarmi dalla vostra mailing list."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Non voglio più ricevere queste mail."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Avete sbagliato persona, io faccio il cuoco."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "La dottoressa Ferri non lavora più con noi."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Un mio amico cerca lavoro e sarebbe perfetto per voi."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Ho inoltrato la sua mail a una collega."},
    {INTENT_QUESTION, INTENT_OTHER, "", "È possibile lavorare da remoto?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "Come avete avuto il mio indirizzo?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-23",
     "Sono in ferie e rientro lunedì 23 marzo. Per urgenze scrivere alla "
     "segreteria."},
    {INTENT_OTHER, INTENT_OTHER, "", "Ricevuto, grazie."},
};

static const Case portuguese[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Olá, tenho interesse na vaga. Podemos conversar amanhã?"},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Com certeza! Segue em anexo o meu currículo."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Neste momento não estou à procura, talvez no próximo ano."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Acabei de mudar de emprego, mas vamos manter contacto."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Obrigada, mas não me interessa."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Estou feliz na minha empresa e não pretendo sair."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Por favor removam o meu e-mail da vossa lista."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "", "Parem de me enviar mensagens."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "", "Acho que se enganou na pessoa."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "O Pedro já não trabalha connosco."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Conheço uma pessoa que seria ideal para isto."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Encaminhei a sua mensagem para um colega meu."},
    {INTENT_QUESTION, INTENT_OTHER, "",
     "Qual é o salário e onde fica o escritório?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "Como conseguiu o meu contacto?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-21",
     "Estou de férias até dia 20 de março. Em caso de urgência contacte a "
     "receção."},
    {INTENT_OTHER, INTENT_OTHER, "", "Recebido, obrigado."},
};

static const Case polish[] = {
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Dzień dobry, oferta brzmi ciekawie. Chętnie porozmawiam w czwartek."},
    {INTENT_INTERESTED, INTENT_OTHER, "",
     "Tak, jestem zainteresowana. W załączniku przesyłam CV."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Obecnie nie szukam pracy, ale zostańmy w kontakcie."},
    {INTENT_NOT_NOW, INTENT_OTHER, "",
     "Dopiero co zmieniłem firmę, proszę odezwać się za rok."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Dziękuję, ale nie jestem zainteresowany."},
    {INTENT_NOT_INTERESTED, INTENT_OTHER, "",
     "Nie zamierzam zmieniać pracy, jestem zadowolona z obecnej."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Proszę usunąć mój adres z Państwa bazy."},
    {INTENT_UNSUBSCRIBE, INTENT_OTHER, "",
     "Nie chcę dostawać więcej takich maili."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Chyba pomyliła Pani osoby, jestem lekarzem."},
    {INTENT_WRONG_PERSON, INTENT_OTHER, "",
     "Pani Zając już u nas nie pracuje."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Mój kolega szuka takiej pracy, mogę go polecić."},
    {INTENT_REFERRAL, INTENT_OTHER, "",
     "Przekazałam Pana wiadomość znajomemu."},
    {INTENT_QUESTION, INTENT_OTHER, "", "Czy możliwa jest praca zdalna?"},
    {INTENT_QUESTION, INTENT_OTHER, "", "Skąd mają Państwo mój numer?"},
    {INTENT_OOO, INTENT_OTHER, "2026-03-23",
     "Jestem na urlopie i wracam do biura 23 marca. W pilnych sprawach proszę "
     "o kontakt z sekretariatem."},
    {INTENT_OTHER, INTENT_OTHER, "", "Dziękuję za informację."},
};

typedef struct {
    const Case *cases;
    size_t n;
} Table;

static void
test_replies(const void *data)
{
    const Table *table = data;
    int wrong = 0;

    for (size_t i = 0; i < table->n; i++) {
        const Case *c = &table->cases[i];
        Intent got;
        intent_classify(c->text, NULL, TUESDAY, &got);
        if ((got.class == c->class || (c->also && got.class == c->also)) &&
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
        g_assert_true(match[0] && rules_match(table, i, match));
        g_assert_true(nomatch[0] && !rules_match(table, i, nomatch));
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
    g_test_add_func("/intent/flags", test_flags);
    g_test_add_func("/intent/later-day", test_later_day);
    g_test_add_func("/intent/abstains", test_abstains);
    g_test_add_func("/intent/names-its-rule", test_names_its_rule);
    g_test_add_func("/intent/long-text", test_long_text);
    return g_test_run();
}

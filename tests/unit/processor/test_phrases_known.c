/* phrases_known.c: who asks for a human in which language, and who only speaks of humans. Row 71.
 */
#include "processor/core/phrases.h"
#include "processor/core/phrases_known.h"
#include "tests/support/unit.h"

static const struct {
    const char *language, *text;
} asking[] = {
    {"English", "Please transfer me to a human"},
    {"English", "can I talk to a representative?"},
    {"German", "Kann ich mit jemandem sprechen?"},
    {"German", "Ich will einen echten Menschen"},
    {"French", "Je voudrais parler à quelqu'un"},
    {"French, without accents", "je veux parler a un conseiller"},
    {"Spanish", "Quiero hablar con un operador"},
    {"Italian", "Vorrei parlare con un operatore"},
    {"Portuguese", "quero falar com um ATENDENTE"},
    {"Portuguese", "Posso conversar com uma pessoa?"},
    {"Dutch", "Ik wil een echt persoon"},
    {"Dutch", "Kan ik praten met een medewerker?"},
    {"Swedish", "Kan jag få prata med en person"},
    {"Danish", "Jeg vil tale med en medarbejder"},
    {"Norwegian", "Kan jeg snakke med et menneske?"},
    {"Finnish", "Haluan puhua ihmisen kanssa"},
    {"Polish", "Chcę porozmawiać z konsultantem"},
    {"Polish", "Proszę połączyć z żywym człowiekiem"},
    {"Czech", "Chci mluvit s operátorem"},
    {"Slovak", "Chcem hovoriť s človekom"},
    {"Hungarian", "Egy emberrel szeretnék beszélni"},
    {"Romanian", "Vreau să vorbesc cu un operator"},
    {"Greek", "Θέλω να ΜΙΛΉΣΩ με έναν άνθρωπο"},
    {"Turkish", "Gerçek bir insanla konuşmak istiyorum"},
    {"Turkish", "MÜŞTERİ TEMSİLCİSİ"},
    {"Turkish", "operatöre bağlan"},
    {"Russian", "Соедините меня с оператором"},
    {"Russian", "позовите оператора!"},
    {"Ukrainian", "Хочу поговорити з людиною"},
    {"Ukrainian", "З'єднайте мене з оператором"},
    {"Bulgarian", "Искам да говоря с човек"},
    {"Arabic", "أريد التحدث مع موظف من فضلك"},
    {"Arabic", "ممكن اتكلم مع شخص"},
    {"Hebrew", "אני רוצה לדבר עם נציג"},
    {"Hindi", "मुझे इंसान से बात करनी है"},
    {"Indonesian", "Saya mau bicara dengan manusia"},
    {"Vietnamese", "Tôi muốn gặp nhân viên"},
    {"Japanese", "担当者と話したいです"},
    {"Japanese", "オペレーターにつないでください"},
    {"Japanese", "人間と話せますか？"},
    {"Chinese", "转人工"},
    {"Chinese", "请帮我转 人工，谢谢"},
    {"Chinese", "我要找真人客服"},
    {"Chinese, traditional", "可以跟真人對話嗎"},
    {"Korean", "상담원 연결해 주세요"},
    {"Korean", "상담원과 통화하고 싶어요"},
    {"Korean", "사람과 이야기하고 싶습니다"},
    {"Thai", "ขอคุยกับเจ้าหน้าที่หน่อย"},
};

static const struct {
    const char *language, *text;
} others[] = {
    {"English", "My agent sold me the wrong shoes"},
    {"English", "I talked to a person in the shop yesterday"},
    {"English", "Is this a product for a person with big feet?"},
    {"German", "Der Mitarbeiter im Laden war nett"},
    {"German", "Ich habe mit dem Paketboten gesprochen"},
    {"French", "Combien de personnes dans la famille ?"},
    {"Spanish", "¿Es para una persona alta?"},
    {"Italian", "Per quante persone è il tavolo?"},
    {"Portuguese", "É para uma pessoa alta"},
    {"Dutch", "Hoeveel personen passen erin?"},
    {"Swedish", "Passar den för en person?"},
    {"Danish", "Er det til en person?"},
    {"Finnish", "Kuinka monta ihmistä mahtuu?"},
    {"Polish", "Ile osób się zmieści?"},
    {"Czech", "Kolik lidí se vejde?"},
    {"Hungarian", "Hány embernek való?"},
    {"Romanian", "Pentru câte persoane este?"},
    {"Greek", "Για πόσα άτομα είναι;"},
    {"Turkish", "Kaç insan sığar?"},
    {"Russian", "Сколько человек поместится?"},
    {"Ukrainian", "На скільки людей?"},
    {"Arabic", "كم شخص يتسع؟"},
    {"Hebrew", "לכמה אנשים זה מתאים?"},
    {"Hindi", "यह कितने लोगों के लिए है?"},
    {"Indonesian", "Untuk berapa orang?"},
    {"Vietnamese", "Cho mấy người?"},
    {"Japanese: a friend is no colleague", "友人と話したいのでキャンセルします"},
    {"Japanese: of how many", "何人用ですか"},
    {"Chinese: artificial intelligence", "我想转人工智能专业"},
    {"Chinese: the same in traditional signs", "想轉人工智慧的書"},
    {"Chinese: like a real one", "这个娃娃和真人一样大吗"},
    {"Chinese: handmade", "这是人工做的吗"},
    {"Korean: of the past", "어제 매장에서 사람과 이야기했어요"},
    {"Korean: of how many", "몇 사람이 쓸 수 있나요"},
    {"Thai: of how many", "ใช้ได้กี่คน"},
};

static bool asks(const char *text)
{
    size_t count = 0;
    const struct slice *known = phrases_known(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any = phrase_in(slice_of(text), known[i]) || any;
    }
    EXPECT(text, any == phrases_in(slice_of(text), known, count));
    return any;
}

static void who_asks_is_heard(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(asking); i++) {
        EXPECT(asking[i].text, asks(asking[i].text));
    }
}

static void who_speaks_of_humans_does_not_ask(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        EXPECT(others[i].text, !asks(others[i].text));
    }
}

/* Each matches itself, so that none is a slip of the pen. */
static void each_is_a_phrase(void **state)
{
    (void)state;
    size_t count = 0;
    const struct slice *known = phrases_known(&count);
    EXPECT("at once", count <= PHRASES_AT_ONCE_MAX);
    for (size_t i = 0; i < count; i++) {
        char text[128];
        struct slice phrase = slice_sub(known[i], 0, slice_find(known[i], '!'));
        EXPECT("short", phrase.len < sizeof text);
        memcpy(text, phrase.ptr, phrase.len);
        for (size_t j = 0; j < phrase.len; j++) {
            text[j] = text[j] == '*' ? 'x' : text[j];
        }
        EXPECT_SLICE("itself", slice_from(text, phrase.len),
                     phrase_in(slice_from(text, phrase.len), known[i])
                         ? slice_from(text, phrase.len)
                         : SLICE("does not match"));
        for (size_t j = 0; j < i; j++) {
            EXPECT("none twice", !slice_equal(known[i], known[j]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_is_heard),
        cmocka_unit_test(who_speaks_of_humans_does_not_ask),
        cmocka_unit_test(each_is_a_phrase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

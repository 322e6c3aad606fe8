"""Prompts in the ten languages that the pack's drawings understand beside English."""

import pytest
from pixart_nodes.drawings.prompt import language, languages, read, vocabulary
from test_drawings_prompt import told

CODES = (*languages.SPACED, "zh", "ja")
PARTICLES = ("a", "the", "-", ">")  # meanings that aren't words of the English tables


@pytest.mark.parametrize(
    ("prompt", "subjects", "ground"),
    [
        ("ein roter Drache", "dragon body=red", ""),
        (
            "ein Ritter mit Schwert und Schild im Wald",
            "knight (holding sword) + sword + shield (held by knight)",
            "forest",
        ),
        ("Feuerdrache über einem Schloss", "dragon body=#e8622a (above castle) + castle", ""),
        ("ein lila Haus neben einem Baum", "house roof=purple (beside tree) + tree", ""),
        ("un chat noir avec un chapeau", "black cat (wearing hat) + hat", ""),
        ("trois lapins dans la forêt", "3×rabbit", "forest"),
        ("un chevalier tenant une épée", "knight (holding sword) + sword", ""),
        ("l'arbre vert et la maison violette", "tree body=green + house roof=purple", ""),
        ("un dragón rojo con alas verdes", "dragon body=red wing=green", ""),
        ("el caballero monta un caballo", "knight (riding horse) + horse", ""),
        ("机器人给花浇水", "robot (beside flower) + flower + watering can (held by robot)", ""),
        ("花に水をやるロボット", "robot (beside flower) + flower + watering can (held by robot)", ""),
        ("un robot regando flores", "robot + 3×flower (beside robot) + watering can (held by robot)", ""),
        ("海賊の肩の上のオウム", "parrot (on the shoulder of pirate) + pirate", ""),
        ("海盗肩膀上的鹦鹉", "parrot (on the shoulder of pirate) + pirate", ""),
        ("попугай на плече у пирата", "parrot (on the shoulder of pirate) + pirate", ""),
        ("宇宙飛行士が馬に乗っている", "astronaut (riding horse) + horse", ""),
        ("una bruja en una escoba", "witch (riding broom) + broom", ""),
        ("торт с тремя свечами", "cake -candle + 3×birthday candle (on cake)", ""),
        ("gemütliche Bäckerei von innen", "", "bakery"),
        ("casa isométrica", "isometric house", ""),
        ("schmelzender Schneemann", "snowman (on meltwater) + meltwater", ""),
        ("gatto nero sul tavolo", "black cat (on table) + table", ""),
        ("due cani nel giardino", "2×dog", "garden"),
        ("um gato preto na mesa", "black cat (on table) + table", ""),
        ("três coelhos na floresta", "3×rabbit", "forest"),
        ("der König sitzt auf seinem Thron", "king (on throne) + throne", ""),
        ("ein Glas Milch und eine Gabel", "milk + fork", ""),
        ("Schatzkiste voller Goldmünzen", "chest/open", ""),
        ("ein Fuchs schaut aus dem Fenster", "fox (in window) + window", ""),
        ("ein Bäumchen neben einem Sternchen", "tree (beside star) + star", ""),
        ("zwei Häuser und drei Stühle", "2×house + 3×chair", ""),
        ("viele Züge", "5×train", ""),
        ("une fille aux cheveux blonds et robe rose", "girl hair=#f8e08a body=pink", ""),
        ("un hibou avec des lunettes", "owl (wearing glasses) + glasses", ""),
        ("un champignon rouge à pois blancs", "mushroom cap=red spot=white", ""),
        ("une vieille maison à côté d'un château blanc", "house (beside castle) + castle roof=white", ""),
        ("une rose rouge", "rose", ""),
        ("una ranita verde con corona", "frog body=green (wearing crown) + crown", ""),
        ("dos pájaros en una rama", "2×bird (on branch) + branch", ""),
        ("tres dragones y dos limones", "3×dragon + 2×lemon", ""),
        ("un oso en bicicleta", "bear (riding bicycle) + bicycle", ""),
        ("un zorro debajo del árbol", "fox (under tree) + tree", ""),
        ("una vaca blanca y negra", "cow body=white spot=black", ""),
        ("una mela verde sul tavolo", "apple body=green (on table) + table", ""),
        ("il coniglietto accanto alla sedia", "rabbit (beside chair) + chair", ""),
        ("due formaggi", "2×cheese", ""),
        ("un drago con ali verdi davanti al castello", "dragon wing=green (in front of castle) + castle", ""),
        ("uma coruja de óculos", "owl (wearing glasses) + glasses", ""),
        ("o rei sentado no trono", "king (on throne) + throne", ""),
        ("cinco balões azuis", "5×balloon body=blue", ""),
        ("um elfo com arco", "elf (holding bow) + bow", ""),
        ("een rode draak", "dragon body=red", ""),
        ("twee katten op de tafel", "2×cat (on table) + table", ""),
        ("czerwony smok", "dragon body=red", ""),
        ("rycerz z mieczem w lesie", "knight (holding sword) + sword", "forest"),
        ("рыцарь с мечом", "knight (holding sword) + sword", ""),
        ("две кошки на столе", "2×cat (on table) + table", ""),
        ("红色的龙", "dragon body=red", ""),
        ("森林里的狐狸", "fox", "forest"),
        ("戴帽子的猫", "cat (wearing hat) + hat", ""),
        ("三只兔子", "3×rabbit", ""),
        ("森の中の狐", "fox", "forest"),
        ("テーブルの上の猫", "cat (on table) + table", ""),
        ("帽子をかぶった猫", "cat (wearing hat) + hat", ""),
        ("馬に乗る騎士", "knight (riding horse) + horse", ""),
        ("a cute gato with a hat", "cat (wearing hat) + hat", ""),
        ("dos ardillas comiendo nueces", "2×squirrel (holding walnut) + 3×walnut", ""),  # "nuez"
        ("twee vogels op een tak", "2×bird (on branch) + branch", ""),
        ("een beer die honing eet", "bear (holding honey) + honey", ""),  # the verb at the end
        ("vier wolven", "4×wolf", ""),  # spelt with an f alone
        ("een mandje bloemen", "basket + flower (in basket)", ""),
        ("rower z koszykiem", "bicycle + basket (shown on bicycle)", ""),  # "koszyk" in another case
        ("chłopiec z latawcem", "boy (holding kite) + kite", ""),  # "latawiec"
        ("worek złota", "bag + coins (in bag)", ""),
        ("kot w butach", "cat (wearing boot) + boot", ""),
        ("ёжик с яблоком", "hedgehog (holding apple) + apple", ""),
        ("синяя бабочка на цветке", "butterfly wing=blue (on flower) + flower", ""),  # "цветок"
        ("мальчик с воздушным змеем", "boy (holding kite) + kite", ""),  # two words, in another case
        ("坐在金子上的龙", "dragon (on coins) + coins", ""),
        ("一只戴着王冠的青蛙", "frog (wearing crown) + crown", ""),
        ("三只戴帽子的猫", "3×cat (wearing hat) + hat", ""),
        ("睡在树下的狐狸", "fox/sleeping (under tree) + tree", ""),
        ("金の上に座るドラゴン", "dragon (on coins) + coins", ""),
        ("木の下で眠る狐", "fox/sleeping (under tree) + tree", ""),
        ("長靴をはいた猫", "cat (wearing boot) + boot", ""),
    ],
)
def test_a_prompt_in_another_language_says_the_same(prompt, subjects, ground):
    brief = read(prompt)
    assert (told(brief), brief.ground, brief.notes) == (subjects, ground, ())


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("zolw", "żółw"),
        ("kon na lace", "koń na łące"),
        ("ein loewe", "ein löwe"),
        ("ein eichhoernchen", "ein eichhörnchen"),
        ("un chateau", "un château"),
        ("un dragon en sueno", "un dragon en sueño"),
        ("um leao", "um leão"),
        ("ежик", "ёжик"),
    ],
)
def test_accents_may_be_left_out(typed, spelt):
    assert told(read(typed)) == told(read(spelt)) != ""


@pytest.mark.parametrize(
    ("prompt", "time", "weather", "season"),
    [
        ("gruseliges Haus bei Nacht im Nebel", "night", "fog", ""),
        ("ein Baum mit Schnee im Herbst", "", "snow", "autumn"),
        ("un château sur une colline au coucher du soleil", "sunset", "", ""),
        ("la maison la nuit sous la pluie", "night", "rain", ""),
        ("una casa pequeña en el bosque con nieve", "", "snow", ""),
        ("un castello di notte durante una tempesta", "night", "storm", ""),
        ("um castelo no inverno ao pôr do sol", "sunset", "", "winter"),
    ],
)
def test_a_prompt_in_another_language_has_its_time_weather_and_season(prompt, time, weather, season):
    brief = read(prompt)
    assert (brief.time, brief.weather, brief.season) == (time, weather, season)


@pytest.mark.parametrize("code", CODES)
def test_every_word_of_a_language_means_something_in_english(code):
    meanings = {
        meaning.lstrip(">")
        for table in (languages.language(code).words, languages.language(code).prefixes)
        for meaning in table.values()
    }
    unknown = [
        each
        for each in meanings - {"a", "the", "-", "=", ""}
        if vocabulary.phrase(each) not in vocabulary.english().senses
    ]
    assert unknown == []


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_the_usual_nouns_colours_and_numbers(code):
    table = language.Language.read(code)
    meanings = set(table.words.values()) | set(table.prefixes.values())
    assert len(meanings) > 350
    assert {"red", "blue", "black", "two", "twelve", "forest", "night", "cat", "knight", "castle", "sword"} <= meanings


@pytest.mark.parametrize(
    "prompt",
    [
        "Eis mit zwei Kugeln",
        "helado de dos bolas",
        "glace à deux boules",
        "gelato con due palline",
        "sorvete de duas bolas",
        "ijsje met twee bolletjes",
        "lody z dwiema gałkami",
        "мороженое с двумя шариками",
        "ダブルアイス",
        "双球冰淇淋",
    ],
)
def test_scoops_are_counted_in_ten_languages(prompt):
    brief = read(prompt)
    assert ([subject.drawing for subject in brief.subjects], brief.notes) == (["double scoop ice cream"], ())


@pytest.mark.parametrize("prompt", ["een leeg glas", "leeres Glas", "un verre vide", "пустой стакан"])
def test_a_glass_is_empty_in_other_languages(prompt):
    assert [subject.drawing for subject in read(prompt).subjects] == ["empty glass"]

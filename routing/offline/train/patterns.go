package train

import "sluice/routing/classify"

// A patternLanguage makes prompts of one language. The training data have few prompts for code, writing and summaries
// outside English, and hardly any Korean or Chinese ones of some kinds. The patterns, written by hand, fill those gaps:
// "{name}" is replaced by a random word of the list of that name, "{passage}" by text of the language from the
// training data, "{number}" by a number. They show the form of such requests, not their subject.
type patternLanguage struct {
	lang     string
	count    int // prompts made for each topic
	slots    map[string][]string
	patterns [classify.NumTopics][]string
}

// snippets are programs of a few lines, for prompts that quote code.
var snippets = []string{
	"def total(items):\n    result = 0\n    for item in items:\n        result += item.price\n    return result",
	"for (let i = 0; i <= rows.length; i++) {\n  console.log(rows[i].name);\n}",
	"public class Counter {\n    private int value;\n    public void add(int n) {\n        value = value + n;\n    }\n}",
	"#include <stdio.h>\nint main(void) {\n    int *p = NULL;\n    printf(\"%d\\n\", *p);\n    return 0;\n}",
	"func sum(xs []int) int {\n\ttotal := 0\n\tfor _, x := range xs {\n\t\ttotal += x\n\t}\n\treturn total\n}",
	"SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;",
	"<ul class=\"menu\">\n  <li><a href=\"/home\">Home</a></li>\n</ul>",
	"class Stack:\n    def __init__(self):\n        self.data = []\n    def push(self, x):\n        self.data.append(x)",
	"const load = async (url) => {\n  const res = await fetch(url);\n  return res.json();\n};",
	"std::vector<int> v = {3, 1, 2};\nstd::sort(v.begin(), v.end());\nfor (auto x : v) std::cout << x << std::endl;",
	"def greet(first)\n  puts \"Hi, #{first}\"\nend\ngreet(\"Ann\", \"Bob\")",
	"let mut n = String::from(\"a\");\nlet r = &mut n;\nprintln!(\"{}\", n);",
	"import pandas as pd\ndf = pd.read_csv(\"sales.csv\")\nprint(df.groupby(\"month\").sum())",
	"if [ -f \"$1\" ]; then\n  wc -l \"$1\"\nfi",
	"while True:\n    try:\n        x = int(input())\n    except ValueError:\n        continue",
	"useEffect(() => {\n  setCount(count + 1);\n}, [count]);",
}

// patternLanguages returns the patterns of each language. It is a function, so that only training
// pays for building them.
//
//nolint:misspell // other languages have words of their own
func patternLanguages() []patternLanguage {
	return []patternLanguage{
		{
			lang: "en", count: 480,
			slots: map[string][]string{
				"clue":    {"Anna is taller than Ben.", "The person in the red house drinks tea.", "Carl sits to the left of Dana.", "If Ann lies, then Bob tells the truth.", "Exactly one of them is guilty.", "The teacher lives at neither end of the street.", "Only one box holds the prize.", "Eve arrived after Frank but before Gina.", "Each of them likes a different colour.", "Whoever owns the cat is not the doctor.", "Nobody knows the colour of the card on his own back.", "The boat carries two people at most.", "Either the cook or the gardener was in the kitchen."},
				"fact":    {"A roof tile fell on a parked car in a storm.", "The buyer paid in advance, but the goods never came.", "A driver hit a cyclist at night.", "The child has been coughing since Sunday.", "The company dismissed her without notice.", "Sales fell by a third after the price was raised.", "Tom borrowed money from his brother and never paid it back.", "The tenant stopped paying rent in March.", "The students who slept longer scored higher.", "Two sisters inherited a farm and cannot agree on its use.", "The factory closed although its profits had grown.", "The neighbour felled a tree that stood on the boundary."},
				"ask":     {"Who is liable, and why?", "What should she do?", "Which conclusion follows?", "What is the most likely cause?", "What would weaken this argument?", "Can he take it back?", "What are the risks?", "Who did it?", "What legal claims exist?", "How would you decide?"},
				"part":    {"Begin with an introduction that sets the scene.", "Mention the budget and the schedule.", "End with a call to action.", "Let it sound warm.", "Use short sentences.", "Characters: Mara, a smuggler; Ilo, her brother.", "Setting: a desert town in the 1920s.", "Include at least two lines of dialogue.", "Avoid clichés.", "Write in the first person.", "Explain the main benefits for families.", "It must not exceed {number} words.", "The audience is young professionals.", "Use headings and bullet points.", "She has come home after ten years and nobody recognises her.", "Show the conflict between duty and love.", "Author style: sparse and dry."},
				"plang":   {"Python", "JavaScript", "Java", "C++", "C", "Go", "Rust", "TypeScript", "PHP", "Ruby", "C#", "Kotlin", "Swift", "bash", "R", "python3", "node.js"},
				"unit":    {"function", "program", "script", "class", "method", "module", "one-liner"},
				"task":    {"sorts numbers", "counts the words in a file", "checks whether a string is a palindrome", "reverses a linked list", "merges two sorted arrays", "computes the nth Fibonacci number", "downloads a web page", "removes duplicates from a list", "finds the largest element", "parses a CSV file", "validates an email address", "sends an HTTP request", "connects to a database", "prints a multiplication table", "converts Celsius to Fahrenheit", "implements a queue", "reads a JSON file", "generates a random password", "simulates a bank account", "finds the shortest path in a graph", "lists all files in a directory", "detects a cycle in a graph"},
				"ds":      {"a binary search tree", "quicksort", "a hash map", "an LRU cache", "a linked list", "Dijkstra's algorithm", "a REST API", "a thread pool", "binary search", "a priority queue", "a tic-tac-toe game", "merge sort", "a simple chat server", "a rate limiter", "matrix multiplication", "depth-first search", "a to-do app", "password hashing", "a file watcher", "a neural network"},
				"howto":   {"read a large file", "concatenate two lists", "iterate over a dictionary", "handle exceptions", "make an asynchronous call", "center a div", "parse dates", "format a string", "sort by key", "connect to MySQL", "deploy with Docker", "write unit tests", "split a string", "undo the last commit", "run threads in parallel", "catch an error"},
				"concept": {"an event loop", "a pointer", "polymorphism", "a foreign key", "garbage collection", "an abstract class", "recursion", "a virtual environment", "dependency injection", "big O notation", "a deadlock", "an index in a database", "a closure", "a decorator"},
				"problem": {"not printing anything", "refusing to compile", "throwing a NullPointerException", "so slow", "returning undefined", "not working as expected", "crashing", "giving the wrong output", "raising a TypeError"},
				"input":   {"an array of integers", "a string s", "two strings", "a linked list", "a binary tree", "an m x n matrix", "a list of words", "an integer array nums", "a sorted array", "a graph with n nodes", "a list of intervals", "the root of a tree", "a grid of zeros and ones"},
				"target":  {"the longest common prefix", "the k largest elements", "the number of islands", "the maximum depth", "the smallest window with all letters", "a pair with the given difference", "all permutations", "the longest run of equal values", "the median", "the kth smallest value", "the shortest path", "whether it is balanced", "the best day to buy and sell"},
				"web":     {"a login form", "a landing page", "a navigation bar", "a page with two columns", "a responsive table", "a photo gallery", "a website", "a sign-up dialog"},
				"webtech": {"HTML and CSS", "React", "HTML", "Bootstrap", "plain JavaScript", "Vue", "Django", "Flask"},
				"sql":     {"for the customers without an order this year", "that returns the second highest salary", "to delete duplicate rows", "that joins the users and orders tables", "to count employees per department"},
				"eq":      {"2x + 5 = 17", "3(x - 4) = 9", "x^2 - 5x + 6 = 0", "x + y = 10 and x - y = 4", "|x - 3| < 7", "log(x) = 2", "sin(x) = 1/2", "2^x = 32", "x^3 = 27"},
				"f":       {"x^2", "sin(x)cos(x)", "e^{2x}", "ln(x)", "3x^3 - 2x + 1", "$\\frac{1}{x}$", "$\\sqrt{x+1}$", "x^2 e^x", "1/(1+x^2)"},
				"shape":   {"triangle", "circle", "rectangle", "cube", "cylinder", "trapezoid", "sphere", "regular hexagon", "cone", "square"},
				"claim":   {"the cube root of 5 is irrational", "there are infinitely many primes", "the sum of two odd numbers is even", "every convergent sequence is bounded", "n^3 - n is divisible by 6", "the diagonals of a rhombus are perpendicular", "A and its transpose have the same eigenvalues", "f is continuous"},
				"mconc":   {"the Pythagorean theorem", "the chain rule", "the mean value theorem", "Bayes' theorem", "an eigenvalue", "the binomial theorem", "a prime number", "standard deviation", "the twin prime conjecture", "the four colour theorem", "the law of large numbers", "linear regression as least squares"},
				"name":    {"Anna", "Tom", "Maria", "a farmer", "a baker", "Sam", "a train", "a shop", "Lena", "Mr. Jones", "a company", "James"},
				"things":  {"apples", "books", "dollars", "tickets", "cookies", "pages", "miles", "chairs", "liters of water", "boxes", "cards"},
				"wnoun":   {"poem", "short story", "haiku", "song", "blog post", "speech", "love letter", "monologue", "fairy tale", "product description", "press release", "cover letter", "essay", "limerick", "screenplay scene", "diary entry", "newsletter", "wedding toast", "social media post", "letter to the editor", "restaurant review", "portrait of a place", "pamphlet", "travel article", "children's story", "sonnet", "script", "resignation letter", "thank-you note", "birthday card", "advertisement", "bio", "radio play", "obituary", "fan fiction chapter", "dialogue", "rap", "prologue", "toast for a retiring teacher"},
				"theme":   {"the sea", "autumn", "a lost dog", "friendship", "a city at night", "climate change", "my grandmother", "a tailor without customers", "a new coffee brand", "moving abroad", "forgotten letters", "winter", "an unlikely hero", "a haunted house", "remote work", "the first day at school", "time travel", "a family secret", "electric cars", "a dragon and a baker", "a lighthouse keeper", "hope", "a detective in the rain"},
				"adj":     {"short", "funny", "sad", "engaging", "creative", "formal", "heartfelt", "persuasive", "vivid", "suspenseful", "romantic", "professional", "500-word", "descriptive", "catchy", "", ""},
				"who":     {"my boss", "a client", "my landlord", "the hiring manager", "a colleague", "my team", "customers", "the editor", "a professor", "my neighbours"},
				"matter":  {"a late delivery", "a raise", "taking a week off", "a new project", "a complaint", "a meeting next week", "an invitation to dinner", "a refund", "a job offer"},
				"doc":     {"an email", "a letter", "a message", "an apology", "a proposal", "a reply", "an invitation", "a memo", "a formal request"},
				"tone":    {"formal", "friendly", "poetic", "persuasive", "humorous", "professional", "casual", "concise"},
				"ideas":   {"slogans", "titles", "names", "taglines", "opening lines", "captions", "headlines", "jokes", "metaphors", "plot twists"},
				"biz":     {"a bakery", "a travel blog", "a fitness app", "a bookshop", "a podcast about space", "an online store", "a novel about exile", "a vegan restaurant"},
				"role":    {"a pirate captain", "Shakespeare", "a medieval knight", "an alien visiting Earth", "a sports commentator", "Sherlock Holmes", "an old wizard", "a stand-up comedian", "the moon", "a superhero"},
				"line":    {"The door was open when I came home.", "Nobody in the village had seen the sun for years.", "The heating has failed again.", "I am writing to let you know that we are late.", "She smiled and put the letter back.", "Our product is good and not too expensive."},
				"docn":    {"article", "passage", "text", "document", "paragraph", "report", "conversation", "meeting transcript", "email thread", "news story", "review", "abstract", "chapter"},
				"sumv":    {"Summarize", "Please summarize", "Give me a short summary of", "Write a summary of", "Sum up", "Condense", "List the key points of", "TL;DR of", "Give the main idea of", "Write a one-sentence summary of", "Boil down", "Paraphrase"},
				"q":       {"What happened next?", "Who is mentioned first?", "When did this happen?", "Why did they decide to do that?", "How many people were involved?", "Which of them was the largest?", "What is the author's main point?", "Where did it take place?", "Is this statement true?", "What was the result?", "Who said that?", "How much did it cost?", "what does it mean", "who won in the end", "is it still open today", "did they ever come back", "how long did it last", "Which year is given for the first one?", "Which objections did the treasurer raise?", "What was the reason for the change?", "How many years passed between the two events?", "By how much did exports exceed imports?", "How large was the share of the elderly?", "Which of the two towns was smaller?", "what is the name of the second one", "is it still sold anywhere", "Which event came first?", "How many were left in 1950?"},
				"thing":   {"photosynthesis", "inflation", "the capital of Mongolia", "the tallest mountain in Europe", "a black hole", "the Cold War", "jazz", "gluten", "insulin", "democracy", "the stock market", "feng shui", "the boiling point of water", "the Magna Carta", "dark matter", "a mortgage", "the speed of light", "osmosis", "blockchain", "artificial intelligence", "stoicism", "the water cycle"},
				"person":  {"invented the telephone", "painted the Mona Lisa", "won the World Cup in 1998", "wrote War and Peace", "was the first person on the moon", "discovered penicillin", "directed the film", "was the king of France in 1700", "founded the company", "sings the theme song"},
				"life":    {"sleep better", "learn a new language", "save money", "lose weight", "remove a coffee stain", "train my dog", "prepare for an interview", "stay motivated", "grow tomatoes", "deal with stress", "make new friends", "choose a university", "improve my memory", "fix a leaking tap", "cook rice", "plan a trip to Japan", "ask for a day off"},
				"why":     {"is the sky blue", "do cats purr", "did Rome fall", "do we dream", "is exercise important", "do leaves change colour", "do people yawn", "did the war begin", "is sleep important", "does ice float", "do prices rise"},
				"pair":    {"cats and dogs", "tea and coffee", "capitalism and socialism", "a lake and a pond", "weather and climate", "a virus and a bacterium", "stocks and bonds", "theory and law in science", "online and classroom learning"},
				"choice":  {"A. iron\nB. wood\nC. glass\nD. paper", "A) in spring\nB) in summer\nC) in autumn\nD) in winter", "(A) the heart (B) the liver (C) the lungs (D) the skin", "A. Yes\nB. No", "A. happy\nB. angry\nC. tired"},
				"mcq":     {"Which material conducts electricity best?", "Which organ pumps blood?", "What would she most likely do next?", "When are the days longest?", "What accounts best for the outcome?", "How would he feel afterwards?", "Which process moves water into the air?"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code: {
					"Write a {plang} {unit} that {task}.", "write {plang} code that {task}", "Implement {ds} in {plang}.", "How do I {howto} in {plang}?", "What is {concept}?", "Explain {concept} in {plang} with an example.",
					"This {plang} {unit} keeps {problem}, any idea?\n{snippet}", "Find the mistake in my {unit}:\n```\n{snippet}\n```", "Explain what this code does:\n```\n{snippet}\n```", "{snippet}\n\nRefactor this.", "Can you repair this {plang} snippet: {snippet}",
					"I get an exception here and cannot see why. {snippet}", "Given {input}, find {target}.", "Given {input}, return {target}. [{number}, {number}, {number}] should give {number}.", "You are given {input}. Determine {target}.",
					"Write a SQL query {sql}.", "Create {web} using {webtech}.", "Design {web} with {webtech}.", "What is the difference between {plang} and {plang}?", "Write unit tests for this:\n{snippet}", "Convert this code to {plang}:\n{snippet}", "Optimize the following {unit}.\n{snippet}",
					"I need a regex for licence plates.", "Build {ds} from scratch in {plang}, step by step.", "Show me how {ds} would look in {plang}.", "Add comments to this code.\n{snippet}", "Homework in {plang}: {ds} for {input}", "need {ds}, preferably {plang}", "How to {howto} using {plang}?", "What does the {plang} error mean when my code is {problem}?", "Edit this {plang} code so that it {task}: {snippet}", "What is the time complexity of {ds}?", "Write a {unit} to find {target} of {input}.", "Develop an algorithm that {task}.", "Allocate a buffer of {number} bytes in {plang} and fill it with spaces.",
				},
				classify.Math: {
					"Solve for x: {eq}", "Solve {eq}.", "If {eq}, what is x?", "Find the area of a {shape} with side {number}.", "What is the volume of a {shape} of radius {number} cm and height {number} cm?", "Prove that {claim}.", "Show that {claim}.", "Evaluate the integral of {f}.", "Differentiate {f} with respect to x.", "What is the derivative of {f}?", "Compute the limit of {f} as x approaches 0.",
					"What is {number} + {number} * {number}?", "Calculate {number}% of {number}.", "What is the greatest common divisor of {number} and {number}?", "I throw a red and a blue die. How likely is a total of {number}?", "How many seating plans are there for {number} guests at a round table?", "Find the mean and median of {number}, {number}, {number} and {number}.", "Explain {mconc}.", "What is {mconc}?", "Has {mconc} been proved?", "Let f(x) = {f}. Find f({number}).",
					"{name} has {number} {things} and buys {number} more. How many {things} are there now?", "{name} sells {number} {things} at ${number} each. How much money is that in total?", "{name} travels {number} miles in {number} hours. What is the average speed?", "A box holds {number} {things}. If half of them are removed and {number} added, how many are left?", "{name} is twice as old as {name} was {number} years ago. How old is {name}?", "Find all real numbers x such that {eq}.", "Convert {number} degrees to radians.", "What is the next number in the sequence {number}, {number}, {number}?", "Find the equation of the line through ({number}, {number}) and ({number}, {number}).", "Let $x$ and $y$ be positive integers with {eq}. Find the minimum value.", "A {shape} has perimeter {number}. What is its area? A) {number} B) {number} C) {number}", "Solve the initial value problem y' = {f}, y(0) = {number}.", "Simplify the expression {f} + {f}.", "What is the determinant of the matrix [[{number},{number}],[{number},{number}]]?",
				},
				classify.Writing: {
					"Write a {adj} {wnoun} about {theme}. {part} {part} {part} {part} {part}", "Write a {wnoun} titled \"{line}\"\n\n{part} {part}\n\n{part} {part} {part}\n\nLength: {number} words.", "You are {role}. Your task is to write {doc}.\n- {part}\n- {part}\n- {part}\n- {part}", "Genre: {theme}\n\n{part} {part} {part} {part} {part} {part}\nWrite the first chapter.", "Please polish this and make it more {tone}:\n{passage}", "Continue the following story:\n{passage}", "Write a reply to this message from {who}:\n{passage}", "Write a {wnoun} on the basis of this background:\n{passage}\n{part} {part}", "Rewrite in the style of {role}: {passage}", "Pitch {biz} to an investor on one page. {part} {part}",
					"Write a {adj} {wnoun} about {theme}.", "write me a {adj} {wnoun} on {theme}", "Compose a {wnoun} about {theme} in a {tone} tone.", "Help me draft {doc} to {who} about {matter}.", "I need {doc} to {who} about {matter}. Please write it and keep it {tone}.", "Rewrite the following in a more {tone} tone: {line}", "Come up with {number} {ideas} for {biz}.", "Give me some {ideas} for {biz}.", "Create a {wnoun} for {biz}.", "Continue this story: {line}", "Speak as {role} would about {theme}.", "Imagine you are {role}. Describe {theme}.", "Write a {wnoun} about {theme}, with dialogue and a twist at the end.",
					"Draft a {adj} {wnoun} for {who}. Include {matter}. Length: {number} words.", "Can you write {doc} asking {who} for {matter}?", "Generate a {wnoun} about {theme} for my website.", "Make up a {wnoun} with the first line: {line}", "Improve this paragraph and make it more {tone}. {line} {line}", "Write a dialogue between {role} and {role}.", "Could you help me write a {adj} {wnoun}? My audience is {who}.", "Tell a story about {theme}.", "Paint {theme} in words, for the senses.", "Write a chapter in which {role} meets {role}. First person, past tense. {number} words.", "Act as {role}. Stay in character. {line}", "Craft a {tone} {wnoun} for {biz} that evokes {theme}.", "Our neighbours are moving away. What could I put on the farewell card? Make it {tone}.", "Proofread and polish my {wnoun}: {line} {line}", "How should I begin a {wnoun} about {theme}?", "Design a {wnoun} for {biz}. Include a headline and a call to action.", "Please help me write an outline for a {wnoun} about {theme}.",
				},
				classify.RAGSummary: {
					"{sumv} the following {docn}:\n\n{passage}", "{sumv} this {docn}.\n{passage}", "{passage}\n\n{sumv} the above {docn}.", "{passage}\n\n{q}", "{passage}\n{q}", "{passage}\n\n{q}\nA. Yes\nB. No", "Read the {docn} and answer the question.\n\n{passage}\n\nQuestion: {q}", "Context: {passage}\n\nQuestion: {q}\nAnswer:", "According to the {docn} below, {q}\n\n{passage}", "Based only on the following {docn}, answer: {q} {passage}", "Document 1: {passage}\nDocument 2: {passage}\n{q}", "Interview.\nQ: {passage}\nA: {passage}\n\n{sumv} the interview.", "Notes of the call.\nMira: {passage}\nJon: {passage}\n\n{q}", "Extract all names and dates from this text:\n{passage}", "{passage}\n\nWhat is the main idea of the {docn}?", "Here is a {docn}. {passage} {q}", "Give a headline for the {docn}: {passage}", "Given the {docn}, {q}\n{passage}", "{passage} {q}", "tl;dr\n\n{passage}", "Using the context, answer in one sentence.\nContext:\n{passage}\nQ: {q}", "Identify the key points in these notes and return JSON.\n{passage}",
				},
				classify.General: {
					"{clue} {clue} {clue} {clue} Who is it?", "{clue} {clue} {clue} {clue} {clue} {clue} Who lives in the green house?", "{fact} {fact} {fact} {ask}", "{fact} {ask}", "{fact} {fact} {fact} {fact} What would account for that?\n{choice}", "I have the following problem: {fact} {fact} {ask}", "We know this much.\n- {clue}\n- {clue}\n- {clue}\n- {clue}\nWhat can you infer?",
					"What is {thing}?", "Who {person}?", "Explain {thing} to me.", "what is {thing}", "who {person}", "How can I {life}?", "Why {why}?", "What is the difference between {pair}?", "Compare {pair}.", "What speaks for and against {thing}?", "Give me five tips to {life}.", "Discuss the history of {thing} and its impact on society.", "I feel tired today. What should I do?", "Can you recommend a good book about {thing}?", "{mcq}\n{choice}", "{mcq} {choice}", "When was {thing} discovered?", "How does {thing} work?", "What would happen if {thing} did not exist?", "What role does {thing} play in everyday life?", "Tell me about {thing}.", "I would like to {life}; where do I start?",
					"Anna is taller than Ben and Ben is taller than Carl. Who is the shortest?", "Four friends finished a race. Kim beat Lou, Max was last, and Noa came right behind Kim. Who won?", "Translate \"good morning\" into French.", "Is the sentence \"{line}\" grammatically correct?", "How many moons does Mars have?", "Name three countries that border {thing}.", "What year did {thing} begin?", "If I put a book on a table and the table on a rug, what touches the floor?", "Which came first, {pair}?", "hi, how are you?", "What are some good places to visit in spring?", "{why}?", "Do you think {thing} is important?", "Plan a week of meals for someone who wants to {life}.", "I have been feeling anxious about {thing}. Any advice?",
				},
			},
		},
		{
			lang: "ko", count: 420,
			slots: map[string][]string{
				"clue":    {"민수는 지영이보다 키가 크다.", "빨간 집에 사는 사람은 차를 마신다.", "철수는 영희의 왼쪽에 앉아 있다.", "상자 하나에만 상품이 들어 있다.", "누구도 자기 등에 붙은 카드를 모른다.", "선생님은 첫 번째 집에 살지 않는다.", "고양이를 키우는 사람은 의사가 아니다.", "준호는 수진이보다 늦게 도착했다."},
				"fact":    {"주차해 둔 차에 간판이 떨어졌습니다.", "돈을 먼저 냈는데 물건이 오지 않았습니다.", "세입자가 석 달째 월세를 내지 않고 있습니다.", "회사가 예고 없이 직원을 해고했습니다.", "사흘째 열이 나고 기침을 합니다.", "가격을 올린 뒤 판매량이 크게 줄었습니다.", "친구가 빌려 간 돈을 갚지 않습니다.", "잠을 오래 잔 학생들의 성적이 더 높았습니다."},
				"ask":     {"누구의 책임인가요?", "어떻게 해야 할까요?", "가장 그럴듯한 원인은 무엇일까요?", "어떤 결론을 내릴 수 있나요?", "누가 어디에 있을까요?", "법적으로 문제가 되나요?", "어느 쪽이 옳을까요?"},
				"part":    {"도입부에서 배경을 설명해줘.", "마지막은 여운이 남게 끝내줘.", "따뜻한 말투를 써줘.", "예산과 일정을 언급해줘.", "대화를 두 번 이상 넣어줘.", "1인칭 시점으로 써줘.", "독자는 20대 직장인이야.", "소제목을 붙여줘.", "분량은 {number}자 정도로 해줘.", "주인공은 십 년 만에 고향에 돌아온 사람이야.", "진부한 표현은 피해줘."},
				"plang":   {"파이썬", "자바", "자바스크립트", "C++", "C언어", "Go", "러스트", "Python", "Java", "SQL", "타입스크립트", "PHP", "코틀린", "R"},
				"task":    {"리스트를 정렬하는", "두 수의 최대공약수를 구하는", "문자열을 뒤집는", "파일을 읽어서 단어 수를 세는", "회문인지 확인하는", "피보나치 수를 계산하는", "중복을 제거하는", "웹 페이지를 크롤링하는", "이메일 주소를 검사하는", "CSV 파일을 읽는", "소수를 판별하는", "로그인을 처리하는", "연결 리스트를 뒤집는", "가장 긴 단어를 찾는", "데이터베이스에 연결하는"},
				"ds":      {"이진 탐색 트리", "퀵 정렬", "스택과 큐", "LRU 캐시", "REST API", "다익스트라 알고리즘", "이미지 분류기", "할 일 목록 앱", "채팅 서버", "작업 대기열", "로그인 페이지", "해시 테이블", "깊이 우선 탐색", "크롤러", "회원가입 폼"},
				"concept": {"재귀 함수", "객체 지향", "시간 복잡도", "포인터", "REST와 GraphQL의 차이", "가비지 컬렉션", "외래 키", "비동기 처리", "캐시 무효화", "웹소켓", "의존성 주입", "교착 상태", "트랜잭션", "정규 표현식", "코루틴"},
				"shape":   {"원", "정사각형", "삼각형", "직사각형", "원기둥", "사다리꼴", "정육각형"},
				"name":    {"민수", "지영", "철수", "영희", "준호", "수진이", "어떤 상점", "농부", "동생", "기차"},
				"things":  {"사과", "연필", "구슬", "사탕", "책", "공", "학생", "의자", "귤"},
				"mconc":   {"피타고라스 정리", "베이즈 정리", "미분과 적분의 관계", "행렬식", "소인수분해", "조건부 확률", "등차수열의 합"},
				"wnoun":   {"시", "단편 소설", "수필", "편지", "이메일", "블로그 글", "자기소개서", "연설문", "독후감", "광고 문구", "노래 가사", "보도자료", "사과문", "초대장", "기획서", "동화", "칼럼", "여행 후기", "대본", "축사", "일기", "홍보 메시지", "추천서", "보고서", "사직서", "논설문", "인스타그램 게시물"},
				"theme":   {"가을", "우정", "바다", "고향", "첫사랑", "인공지능", "환경 보호", "어머니", "여행", "동네 빵집", "겨울밤", "꿈", "반려견", "신제품 출시", "재택근무", "기차역", "청소년의 스마트폰 사용", "은퇴"},
				"tone":    {"감성적인", "정중한", "유머러스한", "설득력 있는", "따뜻한", "격식 있는", "생생한", "간결한"},
				"who":     {"상사", "고객", "친구", "교수님", "부모님", "거래처", "팀원들", "면접관"},
				"role":    {"조선 시대의 선비", "등대지기", "탐정", "시인", "마법사", "기자", "할머니", "스포츠 해설자"},
				"line":    {"문을 열자 아무도 없었다.", "그날은 비가 오고 있었다.", "우리 제품은 품질이 좋고 저렴합니다.", "회의 시간을 바꾸고 싶습니다.", "그는 마지막 편지를 접었다."},
				"docn":    {"글", "기사", "문서", "지문", "본문", "회의록", "보고서", "뉴스", "대화", "논문 초록", "리뷰"},
				"q":       {"이 글의 주제는 무엇인가요?", "누가 이 일을 했나요?", "언제 일어난 일인가요?", "글쓴이가 주장하는 바는 무엇입니까?", "이유를 찾아 답하세요.", "결과는 어떻게 되었나요?", "글에 나온 이유를 모두 말해줘.", "몇 명이 참여했나요?", "어디에서 열렸습니까?", "가장 중요한 내용은 무엇인가요?"},
				"thing":   {"광합성", "인플레이션", "블랙홀", "민주주의", "조선 시대", "김치", "양자 컴퓨터", "인공지능", "한글날", "지구 온난화", "비타민 D", "주식", "올림픽", "세종대왕", "태풍", "철학", "저출산", "판소리"},
				"life":    {"잠을 잘 자려면", "영어를 잘하려면", "돈을 아끼려면", "스트레스를 줄이려면", "면접을 준비하려면", "살을 빼려면", "친구를 사귀려면", "기억력을 높이려면"},
				"chat":    {"오늘 너무 피곤해", "심심한데 뭐 하지", "남자친구랑 헤어졌어", "배고프다", "시험 망했어", "주말에 뭐 할까", "회사 가기 싫어", "고마워", "날씨가 좋네", "짝사랑이 너무 힘들어"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code: {
					"{plang}으로 {task} 함수를 작성해줘.", "{plang}로 {task} 코드를 짜줘", "{task} 프로그램을 {plang}로 구현하세요.", "{ds} 구현 예제가 필요해. {plang} 코드로 부탁해.", "{ds}를 {plang}로 만들어줘", "{concept}에 대해 예시 코드와 함께 설명해주세요.", "{plang}에서 {concept}를 설명해줘.", "이 코드에서 오류를 찾아줘.\n{snippet}", "다음 코드가 무엇을 하는지 설명해줘:\n```\n{snippet}\n```", "아래 {plang} 코드를 리팩토링해줘.\n{snippet}", "왜 이 코드가 동작하지 않나요?\n{snippet}", "백엔드를 {plang}로 짤지 {plang}로 짤지 고민이야. 비교해줘.", "{snippet}\n이 코드를 {plang}로 바꿔줘", "{task} 알고리즘을 설명하고 코드를 작성하시오.", "HTML과 CSS로 {ds}를 만들어주세요.", "부서별 직원 수를 구하는 SQL 쿼리를 작성해줘.", "{concept}가 무엇이고 어떻게 구현하나요?", "길이가 {number}인 버퍼를 회전시키는 함수를 짜보세요.", "{task} 메서드에 대한 단위 테스트를 작성해줘", "{plang} 라이브러리를 사용해 {ds} 예제를 보여줘.", "{plang} 공부를 시작하려는데 예제 코드 몇 개 보여줘", "{ds}가 너무 느린데 어떻게 빠르게 할 수 있어?",
				},
				classify.Math: {
					"{name}는 {things} {number}개를 가지고 있습니다. {number}개를 더 샀다면 모두 몇 개입니까?", "{name}가 한 개에 {number}원인 {things}을 {number}개 샀습니다. 얼마를 내야 합니까?", "{number}와 {number}의 최대공약수를 구하시오.", "반지름이 {number}cm인 {shape}의 넓이를 구하세요.", "한 변의 길이가 {number}인 {shape}의 둘레는 얼마입니까?", "x에 대한 방정식 2x + {number} = {number}을 푸시오.", "함수 f(x) = x^2 + {number}x 를 미분하시오.", "주사위 두 개를 던질 때 합이 {number}일 확률을 구하시오.", "{mconc}를 증명하시오.", "{mconc}에 대해 설명하고 예제를 풀어줘.", "{number}를 7로 나눈 나머지를 구하시오.", "등차수열의 첫째항이 {number}이고 공차가 {number}일 때 제 {number}항을 구하라.", "{number}명을 한 줄로 세우는 경우의 수는?", "두 점 ({number}, {number})와 ({number}, {number}) 사이의 거리를 구하시오.", "{name}는 시속 {number}km로 {number}시간 동안 달렸습니다. 이동한 거리는 몇 km인가요?", "{things} {number}개를 상자 {number}개에 같은 수로 담으면 한 상자에 몇 개가 들어갑니까?", "다음을 계산하시오. {number} + {number} × {number}", "log2({number})의 값을 구해줘", "$\\int_0^{number} x^2 dx$ 를 계산해줘.",
				},
				classify.Writing: {
					"{theme}에 대한 {wnoun}을 써줘. {part} {part} {part} {part}", "당신은 {role}입니다. 아래 조건에 맞춰 {wnoun}을 작성하세요.\n- {part}\n- {part}\n- {part}", "다음 글을 더 {tone} 문체로 다듬어줘:\n{passage}", "아래 이야기를 이어서 써줘.\n{passage}", "다음 배경을 바탕으로 {wnoun}을 작성해줘. {part}\n{passage}", "이 메일에 대한 답장을 써줘.\n{passage}",
					"{theme}에 대한 {wnoun}를 써줘.", "{theme}을 주제로 {tone} {wnoun}을 작성해주세요.", "{who}에게 보낼 {wnoun}을 작성해줘. 주제는 {theme}이야.", "{tone} 말투로 {wnoun} 한 편 써 주세요.", "당신은 {role}입니다. {theme}에 대한 {wnoun}을 써보세요.", "{role}의 입장이 되어 {theme}에 대해 이야기해줘.", "다음 문장으로 시작하는 소설을 써줘: {line}", "이 문장을 더 {tone} 문체로 고쳐줘: {line}", "{theme}에 관한 {wnoun} 제목을 {number}개 지어줘.", "{theme}을 알리는 {wnoun}이 필요해.", "{number}자 이내로 {theme}에 대한 {wnoun}을 작성하시오.", "{theme}을 소재로 삼행시를 지어줘", "{role}과 {role}의 대화를 {tone} 대본으로 써줘.", "이야기를 이어서 써줘. {line}", "{theme}을 묘사하는 글을 비유를 사용해서 써봐.", "신제품 이름과 슬로건을 {number}가지 제안해줘.", "{theme}에 관한 독자 투고를 {tone} 어조로 부탁해.", "유튜브 영상 대본을 {tone} 느낌으로 써줄래? 주제는 {theme}", "{who}께 드릴 {tone} 인사말을 적어줘", "{theme}에 대한 {wnoun} 개요를 짜주고 서론을 써줘.", "{role}가 남긴 편지를 한 통 써줘.",
				},
				classify.RAGSummary: {
					"다음 {docn}을 요약해줘.\n\n{passage}", "{passage}\n\n위 {docn}을 세 문장으로 요약해 주세요.", "아래 {docn}의 핵심 내용을 정리해줘:\n{passage}", "다음 {docn}을 읽고 물음에 답하세요.\n{passage}\n\n질문: {q}", "{passage}\n\n{q}", "지문: {passage}\n질문: {q}\n답:", "{docn}을 바탕으로 답해줘. {q}\n{passage}", "다음은 {docn}입니다. {passage} {q}", "{passage}\n이 {docn}에 나오는 인물과 날짜를 추출해줘.", "윗글을 한 문단으로 요약하시오.\n{passage}", "주어진 문서를 참고하여 질문에 답하시오.\n문서: {passage}\n{q}", "{passage}\n\n이 글에 따르면 사실인가요?\n네\n아니요", "회의록을 읽고 결정 사항을 정리해줘.\n{passage}", "뉴스 기사 요약 부탁해\n\n{passage}",
				},
				classify.General: {
					"{clue} {clue} {clue} {clue} {ask}", "{fact} {fact} {ask}", "{fact} {fact} {fact} {ask}", "다음 조건을 보고 추론하시오.\n1. {clue}\n2. {clue}\n3. {clue}\n{ask}",
					"{thing}이란 무엇인가요?", "{thing}에 대해 설명해줘.", "{thing}의 장점과 단점은 무엇인가요?", "{life} 어떻게 해야 하나요?", "{chat}", "{thing}은 언제 시작되었나요?", "{thing}의 역사를 알려줘", "{thing}과 {thing}의 차이점은?", "{thing}에 관해 맞는 말을 하나만 골라줘.\n첫째\n둘째\n셋째", "다음 중 {thing}과 관련이 없는 것은?", "빈칸에 어떤 말이 어울릴까요? 비가 ____ 우산을 챙겼다.\n와서\n오면\n와도", "{thing}이 사회에 미치는 영향은 무엇인가요?", "{life} 좋은 방법을 추천해 주세요.", "'{line}' 맞춤법이 맞나요?", "달리기에서 수진이는 준호보다 빨랐고 준호는 꼴찌가 아니었다. 꼴찌는 누구일까요?", "{thing}은 한국에서 유래했나요?", "서울에서 가볼 만한 곳을 알려줘.", "{thing}이 중요한 이유는?", "'사과하다'의 뜻이 뭐야?", "{thing}는 몇 개인가요?", "고등어 요리법 알려줘", "{thing} 추천해줘", "올바른 높임말로 바꿔 보세요. 할아버지가 밥을 먹는다.", "{thing}에 얽힌 이야기가 궁금해",
				},
			},
		},
		{
			lang: "zh", count: 400,
			slots: map[string][]string{
				"clue":    {"甲比乙高。", "住红房子的人喝茶。", "小明坐在小红的左边。", "最后一名不是女生。", "只有一个盒子里有奖品。", "老师不住在第一间房。", "养猫的人不是医生。", "丙坐在窗边。", "乙比丙晚到。", "紫色的杯子不在边上。", "每个人喜欢的颜色都不一样。", "谁也不知道自己背上贴的是什么颜色。"},
				"fact":    {"暴风雨中一块招牌砸坏了停着的车。", "买家先付了钱,货却没有到。", "房客三个月没有交房租。", "公司没有通知就解雇了他。", "病人发烧三天并且咳嗽。", "涨价以后销量下降了三成。", "朋友借了钱一直不还。", "睡得久的学生成绩更好。", "两姐妹继承了一个农场,意见不一。", "邻居砍掉了长在地界上的一棵树。"},
				"ask":     {"应该由谁承担责任？", "他该怎么办？", "最可能的原因是什么？", "这能说明什么？", "谁坐在哪里？", "哪种说法最站不住脚？A.甲 B.乙 C.丙", "谁排第二？", "他能要回钱吗？", "顺序是怎样的？"},
				"part":    {"开头要交代背景。", "结尾要留有余味。", "语言要温暖。", "提到预算和时间安排。", "至少有两段对话。", "用第一人称。", "读者是年轻的上班族。", "使用小标题。", "字数不少于{number}字。", "主人公离家十年后回到故乡。", "避免陈词滥调。", "先写一个小场景。", "最后写一句座右铭。", "分成三段。"},
				"plang":   {"Python", "Java", "C++", "JavaScript", "Go语言", "SQL", "C语言", "Rust"},
				"task":    {"对列表排序", "反转字符串", "判断回文", "统计文件中的单词数", "计算斐波那契数列", "去除重复元素", "爬取网页", "读取CSV文件", "求两个数的最大公约数", "合并两个有序数组", "验证邮箱地址"},
				"ds":      {"二叉搜索树", "快速排序", "栈和队列", "LRU缓存", "登录页面", "REST接口", "聊天服务器", "哈希表", "单例模式", "冒泡排序"},
				"concept": {"递归", "闭包", "多态", "死锁", "时间复杂度", "数据库索引", "指针", "异步编程", "垃圾回收"},
				"eq":      {"2x+5=17", "x^2-5x+6=0", "3(x-4)=9", "x+y=10且x-y=4", "|x-3|<7", "log x=2"},
				"f":       {"x^2", "sin(x)", "e^x", "ln x", "1/x", "x^3-2x", "cos(2x)"},
				"shape":   {"圆", "三角形", "正方形", "长方形", "圆柱体", "球", "梯形", "正六边形"},
				"claim":   {"根号2是无理数", "质数有无穷多个", "菱形的对角线互相垂直", "两个奇数之和是偶数", "任意三个连续整数之积能被6整除", "该数列收敛"},
				"name":    {"小明", "小红", "商店", "农夫", "小华", "工厂", "火车", "妈妈"},
				"things":  {"苹果", "铅笔", "糖果", "书", "球", "桌子", "橘子"},
				"wnoun":   {"诗", "短篇小说", "散文", "信", "邮件", "博客", "演讲稿", "广告文案", "歌词", "剧本", "童话故事", "新闻稿", "邀请函", "毕业赠言", "作文", "开业横幅", "策划方案", "情书", "请假条", "小红书笔记", "产品介绍", "影评", "自我介绍", "检讨书"},
				"theme":   {"秋天", "友谊", "大海", "母亲", "故乡", "人工智能", "环保", "新开的咖啡店", "旅行", "梦想", "加班", "春节", "月亮", "毕业", "一只流浪猫"},
				"tone":    {"幽默", "正式", "感人", "生动", "有说服力的", "温暖", "简洁", "诗意"},
				"role":    {"古代诗人", "侦探", "宇航员", "小说家", "老师", "导游", "机器人", "厨师"},
				"line":    {"门开着,屋里没有人。", "那天下着大雨。", "我们的产品质量好,价格低。", "他把信折好放进口袋。"},
				"docn":    {"文章", "新闻", "段落", "材料", "对话", "会议记录", "报告", "文本", "短文"},
				"q":       {"文章想说明什么？", "事情发生在什么时候？", "作者为什么这样说？", "谁参加了会议？", "结果如何？", "文中提到了哪些原因？", "文章里怎么评价这件事？"},
				"thing":   {"光合作用", "通货膨胀", "黑洞", "民主", "唐朝", "火锅", "量子计算机", "人工智能", "中秋节", "全球变暖", "维生素C", "股票", "奥运会", "孔子", "台风", "京剧", "红楼梦", "高铁"},
				"life":    {"睡得更好", "学好英语", "省钱", "减轻压力", "准备面试", "减肥", "提高记忆力", "交朋友"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code: {
					"用{plang}写一个函数,{task}。", "请用{plang}实现{ds}。", "如何用{plang}{task}？", "解释一下{plang}中的{concept}。", "下面的代码有什么问题？\n{snippet}", "请解释这段代码的作用：\n```\n{snippet}\n```", "帮我优化这段{plang}代码\n{snippet}", "写一个{plang}程序,{task}", "编写一个SQL查询,统计每个部门的员工数。", "什么是{concept}？请给出代码示例。", "把这段代码改成{plang}：\n{snippet}", "给定一个整数数组,找出和为{number}的两个数的下标。", "{plang}和{plang}有什么区别？", "用HTML和CSS做一个{ds}。", "为什么我的{plang}程序报错？\n{snippet}", "给这个函数写单元测试。\n{snippet}", "{ds}的时间复杂度是多少？", "设计一个算法,{task}。",
				},
				classify.Math: {
					"解方程：{eq}", "求解{eq}。", "已知{eq},求x的值。", "求{shape}的面积,已知边长为{number}厘米。", "已知{shape}的半径为{number},高为{number},求体积。", "证明：{claim}。", "如何证明{claim}？", "求函数f(x)={f}的导数", "计算不定积分∫{f}dx", "曲线y={f}在x={number}处的切线方程是什么？", "计算{number}+{number}×{number}", "{number}和{number}的最大公约数是多少？", "{name}有{number}个{things},又买了{number}个,现在一共有多少个？", "{name}以每小时{number}千米的速度行驶了{number}小时,一共走了多少千米？", "每个{things}{number}元,买{number}个需要多少钱？", "{number}个人排成一排,有多少种排法？", "掷两个骰子,点数之和为{number}的概率是多少？", "求点({number},{number})到直线y=2x的距离", "{number}小时合多少秒？", "已知等差数列首项为{number},公差为{number},求前{number}项的和。", "从{number}名学生中选{number}名参加比赛,有多少种选法？", "存款{number}元,年利率{number}%,{number}年后本息一共多少？", "求[[{number},{number}],[{number},{number}]]的行列式", "一件商品原价{number}元,打八折后是多少元？", "配方法怎样用来解一元二次方程？", "{number}的全部正约数之和是多少？", "一个物体以{number}m/s的速度运动{number}s,求位移。", "若{eq},则x等于多少？", "极限lim(x→0) {f}/x 是多少", "在三角形ABC中,AB={number},BC={number},求AC的长。",
				},
				classify.Writing: {
					"写一篇关于{theme}的{wnoun}。{part}{part}{part}{part}", "请按以下结构写一篇{wnoun}：\n1、{part}\n2、{part}\n3、{part}", "你是一位{role}。你的任务是写一封邮件。{part}{part}{part}", "请润色下面的文字,使它更{tone}：\n{passage}", "续写下面的故事：\n{passage}", "根据以下背景写一篇{wnoun}。{part}\n{passage}", "给这封来信写一封回信：{passage}", "假设你是一位{role},请根据下面的信息写一份{wnoun}：{part}{part}{part}",
					"写一首关于{theme}的诗。", "以{theme}为主题写一篇{wnoun}。", "帮我写一封给客户的{wnoun},语气要{tone}。", "请写一篇{tone}的{wnoun},不少于{number}字。", "假如你是{role},写一篇关于{theme}的{wnoun}。", "请扮演{role},和我聊聊{theme}。", "续写这个故事：{line}", "把下面的句子改写得更{tone}：{line}", "为{theme}想{number}个广告语。", "请为{theme}写一段{tone}的{wnoun}", "帮我起草一份{wnoun},主题是{theme}。", "{theme}的宣传语,要{tone},来{number}句", "以第一人称写一个关于{theme}的故事,字数{number}字左右。", "写一段{role}和{role}之间的对话。", "请帮我润色这段话：{line}{line}", "给我的{theme}写一个有吸引力的标题", "根据以下要点写一篇{wnoun}：{theme}、{theme}", "写一个以“{line}”开头的{wnoun}", "给老师写一份{wnoun}", "请创作一个{tone}的{wnoun},讲述{theme}。",
				},
				classify.RAGSummary: {
					"总结下面的{docn}：\n{passage}", "请用一句话概括以下{docn}。\n\n{passage}", "{passage}\n\n请总结上面的{docn}。", "阅读下面的{docn},回答问题。\n{passage}\n问题：{q}", "{passage}\n{q}", "根据以下材料回答：{q}\n{passage}", "{docn}：{passage} 问题：{q}", "从下面的文本中提取人名和日期：\n{passage}", "请提炼以下{docn}的要点：{passage}", "为下面的新闻拟一个标题。{passage}", "参考资料：{passage}\n\n{q}",
				},
				classify.General: {
					"{clue}{clue}{clue}{clue}{ask}", "{fact}{fact}{ask}", "{fact}{fact}{fact}{ask}", "已知：{clue}{clue}{clue}{clue}请排出顺序。", "{fact}{fact}问题出在哪儿？A：甲 B：乙 C：丙", "线索如下：\n1.{clue}\n2.{clue}\n3.{clue}\n{ask}",
					"什么是{thing}？", "请介绍一下{thing}。", "{thing}的历史是怎样的？", "{thing}有哪些特点？", "如何{life}？", "{thing}和{thing}有什么区别？", "为什么{thing}很重要？", "推荐几个适合周末去的地方。", "关于{life},你有什么建议？", "关于{thing},哪句话对？A：甲 B：乙 C：丙", "四个朋友赛跑,小李比小王快,小张最后一名,小赵紧跟小李。谁是第一名？", "钥匙不在红抽屉里,也不在最下面的抽屉里。它在哪一层？", "凡是会员都有卡,老周没有卡,老周是会员吗？", "“画蛇添足”是什么意思？", "“再”和“在”有什么不同？", "“{line}”这句话有语病吗？", "“守口如瓶”怎么用？请解释。", "{thing}是谁发明的？", "{thing}对社会有什么影响？", "我最近总是失眠,怎么办？", "两根绳子各要烧一个小时,怎样量出四十五分钟？", "“海内存知己”的下一句是什么？", "成语“守株待兔”的近义词有哪些？", "{thing}起源于哪个国家？", "你怎么看待{thing}？", "一张纸对折三次后剪掉一个角,展开会有几个洞？", "{number}枚硬币里有一枚较轻,用天平最少称几次能找到？", "把“我喜欢你”翻译成英文。", "比较{thing}和{thing}的优缺点", "第一次去北欧,有什么要注意的？", "“他们”在这句话里指代谁？{line}", "请判断下面这句话的情感：{line}", "外婆的弟弟我该叫什么？",
				},
			},
		},
		{
			lang: "ja", count: 120,
			slots: map[string][]string{
				"plang": {"Python", "Java", "C言語", "JavaScript", "SQL", "Go"},
				"task":  {"リストを並べ替える", "文字列を逆にする", "素数を判定する", "ファイルを読み込む", "重複を取り除く", "最大値を求める"},
				"wnoun": {"詩", "短編小説", "手紙", "メール", "ブログ記事", "スピーチ", "広告文", "歌詞", "エッセイ", "脚本", "招待状", "日記", "商品説明"},
				"theme": {"秋", "友情", "海", "母", "新しいカフェ", "旅", "人工知能", "雨の夜", "卒業"},
				"tone":  {"丁寧な", "ユーモラスな", "感動的な", "説得力のある"},
				"docn":  {"文章", "記事", "会話", "文書", "ニュース", "議事録"},
				"q":     {"この文章の主題は何ですか？", "いつ起こりましたか？", "筆者の主張は何ですか？", "結果はどうなりましたか？"},
				"thing": {"光合成", "インフレ", "ブラックホール", "民主主義", "江戸時代", "地球温暖化", "株式", "茶道", "人工知能"},
				"name":  {"太郎", "花子", "店", "電車"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code:       {"{plang}で{task}関数を書いてください。", "{task}プログラムを{plang}で実装して", "このコードの間違いを直してください。\n{snippet}", "次のコードは何をしますか？\n{snippet}", "{plang}と{plang}の違いを説明してください。", "再帰とは何ですか？コード例も示してください。", "部署ごとの社員数を数えるSQLを書いて", "{snippet}\nこのコードをリファクタリングして"},
				classify.Math:       {"方程式 2x + {number} = {number} を解いてください。", "半径{number}cmの円の面積を求めなさい。", "{name}はりんごを{number}個持っています。{number}個もらうと全部でいくつですか？", "サイコロを2個振って和が{number}になる確率は？", "f(x)=x^{number} を微分せよ。", "√2が無理数であることを証明せよ。", "{number}と{number}の最大公約数を求めよ。", "時速{number}kmで{number}時間走ると何km進みますか。"},
				classify.Writing:    {"{theme}についての{wnoun}を書いてください。", "{theme}をテーマに{tone}{wnoun}を書いて", "取引先に送る{tone}メールを書いてください。", "{theme}のキャッチコピーを{number}個考えて", "あなたは探偵です。{theme}について語ってください。", "次の文をもっと{tone}文体に書き直して：今日は雨だった。", "物語の続きを書いて：ドアを開けると誰もいなかった。", "{number}字以内で{theme}の{wnoun}を作成してください。"},
				classify.RAGSummary: {"次の{docn}を要約してください。\n{passage}", "{passage}\n\n上の{docn}を三文でまとめて", "次の{docn}を読んで質問に答えてください。\n{passage}\n{q}", "{passage}\n{q}", "文書：{passage}\n質問：{q}"},
				classify.General:    {"{thing}とは何ですか？", "{thing}について教えてください。", "{thing}の歴史を説明して", "よく眠るにはどうすればいいですか？", "{thing}と{thing}の違いは何ですか？", "なぜ空は青いのですか？", "おすすめの旅行先はどこですか？", "今日は疲れた", "次のうち正しいものはどれですか。A 春 B 夏 C 秋", "三人のうち一人が嘘をついています。誰ですか？", "「猫に小判」の意味は？"},
			},
		},
		{
			lang: "es", count: 100,
			slots: map[string][]string{
				"plang": {"Python", "Java", "JavaScript", "C++", "SQL"},
				"task":  {"ordene una lista", "invierta una cadena", "calcule números primos", "lea un archivo", "elimine duplicados"},
				"wnoun": {"poema", "cuento", "correo electrónico", "discurso", "ensayo", "carta", "artículo de blog", "guion", "anuncio", "canción"},
				"theme": {"el mar", "la amistad", "el otoño", "mi abuela", "un café nuevo", "la inteligencia artificial"},
				"q":     {"¿Cuál es la idea principal?", "¿Quién lo hizo?", "¿Cuándo ocurrió?", "¿Por qué cambió?"},
				"thing": {"la fotosíntesis", "la inflación", "un agujero negro", "la democracia", "el flamenco", "la energía solar"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code:       {"Escribe una función en {plang} que {task}.", "¿Cómo puedo hacer un programa en {plang} que {task}?", "¿Qué está mal en este código?\n{snippet}", "Explica qué hace este código:\n{snippet}", "Implementa una pila en {plang}.", "Escribe una consulta SQL que cuente los clientes."},
				classify.Math:       {"Resuelve la ecuación 2x + {number} = {number}.", "¿Cuál es el área de un círculo de radio {number}?", "Ana tiene {number} manzanas y compra {number} más. ¿Cuántas tiene?", "Calcula la derivada de x^{number}.", "¿Cuál es la probabilidad de sacar {number} con dos dados?", "Demuestra que la raíz de 2 es irracional."},
				classify.Writing:    {"Escribe un {wnoun} sobre {theme}.", "Redacta un {wnoun} para mi jefe sobre {theme}.", "Ayúdame a escribir un {wnoun} breve y emotivo sobre {theme}.", "Imagina que eres un pirata y habla de {theme}.", "Dame {number} eslóganes para {theme}."},
				classify.RAGSummary: {"Resume el siguiente texto:\n{passage}", "{passage}\n\nHaz un resumen del texto anterior.", "Lee el texto y responde: {q}\n{passage}", "{passage}\n{q}", "Según el documento, {q} {passage}"},
				classify.General:    {"¿Qué es {thing}?", "Explica {thing}.", "¿Cómo puedo dormir mejor?", "¿Por qué el cielo es azul?", "¿Cuál es la capital de Mongolia?", "¿Cuáles son las ventajas de {thing}?", "Recomiéndame lugares para visitar."},
			},
		},
		{
			lang: "fr", count: 100,
			slots: map[string][]string{
				"plang": {"Python", "Java", "JavaScript", "C++", "SQL"},
				"task":  {"trie une liste", "inverse une chaîne", "calcule les nombres premiers", "lit un fichier", "supprime les doublons"},
				"wnoun": {"poème", "conte", "courriel", "discours", "essai", "texte publicitaire", "article de blog", "scénario"},
				"theme": {"la mer", "l'amitié", "l'automne", "ma grand-mère", "un nouveau café", "l'intelligence artificielle"},
				"q":     {"Quelle est l'idée principale ?", "Qui l'a fait ?", "Quand cela s'est-il passé ?", "Pourquoi ?"},
				"thing": {"la photosynthèse", "l'inflation", "un trou noir", "la démocratie", "le jazz", "l'énergie solaire"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code:       {"Écris une fonction {plang} qui {task}.", "Comment faire un programme {plang} qui {task} ?", "Quel est le problème dans ce code ?\n{snippet}", "Explique ce que fait ce code :\n{snippet}", "Implémente une pile en {plang}.", "Écrivez une requête SQL qui compte les clients."},
				classify.Math:       {"Résous l'équation 2x + {number} = {number}.", "Quelle est l'aire d'un cercle de rayon {number} ?", "Anne a {number} pommes et en achète {number}. Combien en a-t-elle ?", "Calcule la dérivée de x^{number}.", "Quelle est la probabilité d'obtenir {number} avec deux dés ?", "Démontre que la racine de 2 est irrationnelle."},
				classify.Writing:    {"Écris un {wnoun} sur {theme}.", "Rédigez un {wnoun} pour mon patron sur {theme}.", "Aide-moi à écrire un {wnoun} court et touchant sur {theme}.", "Imagine que tu es un pirate et parle de {theme}.", "Donne-moi {number} slogans pour {theme}."},
				classify.RAGSummary: {"Résume le texte suivant :\n{passage}", "{passage}\n\nFais un résumé du texte ci-dessus.", "Lis le texte et réponds : {q}\n{passage}", "{passage}\n{q}", "Selon le document, {q} {passage}"},
				classify.General:    {"Qu'est-ce que {thing} ?", "Explique {thing}.", "Comment mieux dormir ?", "Pourquoi le ciel est-il bleu ?", "Quelle est la capitale de la Mongolie ?", "Quels sont les avantages de {thing} ?", "Recommande-moi des endroits à visiter."},
			},
		},
		{
			lang: "de", count: 100,
			slots: map[string][]string{
				"plang": {"Python", "Java", "JavaScript", "C++", "SQL"},
				"task":  {"eine Liste sortiert", "einen Text umdreht", "Primzahlen berechnet", "eine Datei liest", "Duplikate entfernt"},
				"wnoun": {"Gedicht", "Märchen", "Schreiben", "Essay", "Lied", "Drehbuch", "Brief", "Werbetext"},
				"theme": {"das Meer", "die Freundschaft", "den Herbst", "meine Großmutter", "ein neues Café", "künstliche Intelligenz"},
				"q":     {"Was ist die Hauptaussage?", "Wer hat das getan?", "Wann ist das passiert?", "Warum?"},
				"thing": {"Photosynthese", "Inflation", "ein Schwarzes Loch", "Demokratie", "Jazz", "Solarenergie"},
			},
			patterns: [classify.NumTopics][]string{
				classify.Code:       {"Schreibe eine {plang}-Funktion, die {task}.", "Wie schreibe ich ein Programm in {plang}, das {task}?", "Was ist an diesem Code falsch?\n{snippet}", "Erkläre, was dieser Code macht:\n{snippet}", "Implementiere einen Stapel in {plang}.", "Schreibe eine SQL-Abfrage, die Kunden zählt."},
				classify.Math:       {"Löse die Gleichung 2x + {number} = {number}.", "Wie groß ist die Fläche eines Kreises mit Radius {number}?", "Anna hat {number} Äpfel und kauft {number} dazu. Wie viele hat sie?", "Berechne die Ableitung von x^{number}.", "Wie groß ist die Wahrscheinlichkeit, mit zwei Würfeln {number} zu werfen?", "Beweise, dass die Wurzel aus 2 irrational ist."},
				classify.Writing:    {"Schreibe ein {wnoun} über {theme}.", "Verfasse ein {wnoun} an meinen Chef über {theme}.", "Hilf mir, ein kurzes, bewegendes {wnoun} über {theme} zu schreiben.", "Stell dir vor, du bist ein Pirat, und erzähle von {theme}.", "Nenne {number} Werbesprüche für {theme}."},
				classify.RAGSummary: {"Fasse den folgenden Text zusammen:\n{passage}", "{passage}\n\nFasse den obigen Text zusammen.", "Lies den Text und antworte: {q}\n{passage}", "{passage}\n{q}", "Laut Dokument: {q} {passage}"},
				classify.General:    {"Was ist {thing}?", "Erkläre {thing}.", "Wie kann ich besser schlafen?", "Warum ist der Himmel blau?", "Was ist die Hauptstadt der Mongolei?", "Welche Vorteile hat {thing}?", "Empfiehl mir Orte für einen Ausflug."},
			},
		},
	}
}

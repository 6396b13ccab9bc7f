package classify

// A keyword group is a set of words that say one thing about a text in any of the languages the
// lists know. Groups generalise where single words cannot: a Turkish prompt sees few of the words the
// training data had, a Korean one about poems may see none, but both reach the dense features.
type group uint8

const (
	codeLanguage group = iota
	codeNoun
	codeVerb
	codeToken
	mathNoun
	mathVerb
	wordProblem
	units
	writeVerb
	writeNoun
	writeStyle
	rolePlay
	sumVerb
	textNoun
	grounded
	extractVerb
	questionWord
	explainVerb
	adviceWord
	compareWord
	opinionWord
	scienceWord
	chemistryWord
	biologyWord
	medicineWord
	lawWord
	businessWord
	philosophyWord
	historyWord
	geographyWord
	cultureWord
	technologyWord
	logicWord
	negationWord
	choiceWord
	chatWord
	languageWord
	reasonWord
	everydayWord
	sorryWord
	cannotWord
	declineWord
	assistantWord
	insteadWord
	complyWord
	hedgeWord
	pronounWord
	modalWord
	quizWord
	pastWord
	joinWord
	amountWord
	numGroups
)

// keywordLists holds the words. "_" joins two words that must follow each other; "*" stands for any
// rest, after at least prefixRunes letters, of which only those count. Korean entries of two or three
// syllables match anywhere inside a word, as do Chinese and Japanese ones of two or three
// characters; shorter and longer Korean ones are whole words. All of it is written by hand.
//
//nolint:misspell // other languages have words of their own
var keywordLists = [numGroups]string{
	codeLanguage: `python javascript typescript java golang rust kotlin swift php ruby perl scala haskell matlab sql mysql postgresql sqlite
		html css bash powershell react vue angular django flask numpy pandas pytorch tensorflow nodejs jquery csharp cpp fortran cobol lua
		julia verilog solidity latex json xml yaml regex graphql docker kubernetes git excel vba assembly node_js c_program r_code
		opencv spark hadoop mongodb redis spring linux unix shell arduino unity
		파이썬 자바 자바스 타입스 코틀린 스위프 러스트 리액트 장고 플라스크 에스큐엘 파이토 텐서플 판다스 넘파이 쿼리 엑셀
		パイソ ジャバ питон пайтон`,
	codeNoun: `function functions algorithm algorithms code codes program programs programming array arrays string strings variable variables
		loop loops recursion recursive class classes object method methods api database query queries script compiler bug bugs debug
		stack queue tree_node linked_list binary_tree binary_search hash_table hashmap dictionary integer boolean pointer iterator
		dataframe regular_expression data_structure time_complexity dynamic_programming source_code pseudocode syntax runtime exception
		stacktrace error_message unit_test command_line web_page webpage website button frontend backend endpoint http server_side
		multithread* asynchronous async thread concurrency deadlock repository commit module library framework parameter parameters
		argument arguments substring palindrome fibonacci tuple tuples lists list_of sorted matrix graph node nodes element elements
		given_array given_list given_string nested input_list lambda
		함수 코드 알고리즘 알고리 배열 문자열 클래스 변수 재귀 반복문 프로그램 데이터베 자료구 컴파일 디버깅 디버그 버그 오류 에러 리스트 정렬 스택 서버 웹페이 웹사이 스크립 코딩 객체 메서드 인스턴 정규표 정규식 연결리 시간복 복잡도 라이브 모듈 쿼리문
		函数 代码 算法 数组 字符串 程序 编程 递归 循环 变量 数据库 数据结 链表 二叉树 接口 脚本 编译 调试 正则 类型 对象 线程
		関数 コード アルゴ 配列 文字列 プログ 変数 再帰 データ 正規表 スクリ 実装
		función funciones algoritmo algoritmos código programa arreglo cadena base_de matriz lista_enlazada bucle
		fonction algorithme programme tableau chaîne boucle récursi* funktion algorithmus programm zeichenkette rekursi* schleife datenbank
		funzione algoritmi programma stringa vettore função programa fungsi algoritma kode program larik
		hàm thuật_toán chương_trình mảng chuỗi функция функцию алгоритм программу программа массив строка строку код
		دالة خوارزمية برنامج مصفوفة كود फ़ंक्शन फंक्शन एल्गोरिथ्म कोड प्रोग्राम`,
	codeVerb: `implement implements implementing refactor debug compile code develop optimize parse sort traverse iterate
		write_function write_program write_code write_python fix_code a_function a_program a_script this_code the_code following_code
		python_function python_program python_code javascript_function sql_query function_that function_to program_that program_to script_that returns
		구현 코딩해 디버깅 컴파일 작성하는_함수 함수를 프로그램을 코드를 짜줘 짜주세
		实现 编写 调试 写一个 优化 実装し implementar implemente implementa implémenter implémentez implementieren implementieren_sie
		implementasikan terapkan реализуйте напишите_функцию реализовать triển_khai تنفيذ लागू`,
	codeToken: `def return import public static void const let var struct func println print printf elif null none self int str bool float
		char double true false else if_x enum typedef namespace std cout iostream args kwargs init len range foreach while switch
		select from_x inner_join group_by order_by where_x varchar insert_into create_table div href src onclick console fn impl mut usize vec println foo bar
		main include stdio argv endl nullptr async await lambda yield assert`,
	mathNoun: `equation equations integral derivative derivatives triangle triangles probability polynomial prime integers integer sum angle angles
		radius perimeter area ratio percent percentage fraction fractions square_root circle rectangle diameter volume vertices vertex slope logarithm
		matrix vector vectors eigenvalue theorem lemma proof inequality factorial permutation permutations combinations geometry algebra
		calculus trigonometry sine cosine tangent parabola hyperbola quadratic coefficient coefficients divisible remainder modulo multiple divisor
		arithmetic sequence geometric_series median mean_of average standard_deviation variance expected_value dice hypotenuse polygon hexagon
		parallel perpendicular coordinate coordinates graph_of real_numbers complex_number positive_integer positive_integers digits digit
		방정식 적분 미분 삼각형 확률 다항식 소수 정수 자연수 합은 각도 반지름 둘레 넓이 비율 분수 제곱근 원의 직사각 지름 부피 기울기 로그 행렬 벡터 정리 증명 부등식 수열 평균 표준편 분산 기댓값 주사위 나머지 약수 배수 최솟값 최댓값 최대값 최소값 함숫값 수학 등차 등비 경우의 가짓수 곱한 나눈 더한 제곱 자릿수 세자리 자리수 집합 내적 외적 극한
		方程 积分 导数 三角形 概率 多项式 质数 整数 半径 周长 面积 比例 分数 平方根 矩形 体积 斜率 对数 矩阵 向量 定理 不等式 数列 平均数 方差 余数 倍数 最大值 最小值 圆心 抛物线 椭圆 双曲线 正弦 余弦 极限 集合 求导 微分 周期 坐标 几何 等差 等比
		積分 微分 確率 多項式 素数 円の 行列 平均値
		ecuación ecuaciones triángulo probabilidad área perímetro segmento équation équations triangle probabilité aire périmètre
		gleichung gleichungen dreieck wahrscheinlichkeit fläche umfang equazione triangolo probabilità equação triângulo probabilidade
		persamaan segitiga peluang phương_trình tam_giác xác_suất уравнение уравнения треугольник вероятность معادلة مثلث احتمال समीकरण त्रिभुज`,
	mathVerb: `solve compute calculate evaluate prove simplify factor determine find_the find_all integrate differentiate
		what_is_the value_of minimum_value maximum_value express_your in_terms how_many show_that let_x suppose_that
		구하시 구하여 구하라 구해 계산 증명하 풀어 풀이 얼마 몇개 몇_개 몇_명 몇명 몇_마리 몇_권 몇_시간 몇_장 값을 쓰시오 인가요 입니까
		计算 求解 求函 证明 化简 解方程 等于 求出 多少 求证 计算下 求向
		計算 求め 解い いくつ
		resuelve resolver calcula calcular résolvez résoudre calculez calculer lösen berechnen risolvi calcola resolva calcule
		selesaikan hitung berapa giải tính bao_nhiêu решите вычислите сколько найдите احسب أوجد حل हल_करें गणना कितने`,
	wordProblem: `how_many how_much total altogether each remaining left_over twice half times_as more_than fewer_than less_than per_hour per_day
		per_week costs cost bought buys sold sells earns spends gives gave shared equally dozen apples marbles cookies pencils candies
		does_he does_she did_he did_she many_more many_are much_money much_does years_old long_does hours minutes miles
		가지고 있습니 남은 모두 각각 총 나누어 사탕 사과 구슬 연필 학생 마리 걸립니 남았 샀습니 팔았 주었 먹었 몇 킬로 시간당 갤런 판매 받습니 지불 얼마를 얼마나 동안
		一共 每个 还剩 剩下 平均每 原来 每天 共有 元钱 千米 小时 买了 只鸡`,
	units: `dollars dollar cents cm km kg meters metres miles inches feet pounds liters litres gallons hours minutes seconds
		percent km_h mph degrees joules newton watts volts ohm mol kelvin grams
		달러 센티 미터 킬로그 리터 그램 원입니 퍼센트 시간 초에
		厘米 千米 公里 千克 公斤 平方米 元 度 秒`,
	writeVerb: `write compose draft rewrite craft write_a write_an create_a create_an generate_a generate_an help_write redact pen
		write_me tell_me_a continue_the continue_story make_up come_up give_me_a design_a brainstorm narrate
		작성 써줘 써주 써라 써봐 써보 쓰시 쓰세 적어줘 지어 지어줘 만들어 창작 집필 글을 이어서 다듬어 고쳐써 써줄 쓰기
		写一 撰写 写出 创作 续写 编写一 写个 写封 写篇 写首 起草 改写 扩写 仿写 拟定 策划 帮我写 请写 润色 设计一
		書いて 作成し 執筆 作って 書き 考えて
		escribe escriba escribir redacta redactar redacte compón utilice écrivez écris écrire rédigez rédiger composez schreiben schreibe verfassen verfasse entwerfen
		scrivi scrivere redigi componi escreva escrever redija compor tulis tulislah menulis buat buatlah susun viết soạn hãy_viết
		напиши напишите сочини составьте составь اكتب صياغة اكتبي लिखें लिखो लिखिए`,
	writeNoun: `poem poems poetry story short_story essay letter email emails blog blog_post speech haiku sonnet song lyrics novel screenplay
		monologue slogan tagline caption press_release cover_letter resume script product_description advertisement article_about fairy_tale
		limerick memoir diary journal_entry newsletter headline headlines joke jokes riddle fan_fiction fiction chapter scene character characters
		villain protagonist plot narrative dialogue_between post_about tweet linkedin instagram review invitation announcement proposal business_plan
		biography obituary toast eulogy rap verse stanza ad_copy persuasive_essay cover_letter itinerary one_act podcast outline
		소설 시를 수필 에세이 편지 이메일 메일 블로그 연설 가사 노래 대본 시나리 독후감 자기소 소개서 광고 카피 슬로건 문구 동화 일기 기사 보도자 기획서 제안서 보고서 홍보 초대장 축사 인사말 이야기 글쓰기 칼럼 논설 후기 안내문 공지 게시글 포스팅 줄거리 등장인 추천사 사과문 주제로 삼행시 농담 스토리 콘텐츠 유튜브 메시지 문안 계획서
		小说 诗歌 作文 散文 信件 邮件 博客 演讲 歌词 剧本 文案 广告 标语 童话 日记 故事 新闻稿 策划案 方案 计划书 报告 文章 论文 短文 朋友圈 小红书 情书 邀请函 请假条 检讨 发言稿 主持词 口号 评语 祝福 脚本 诗 对联 推文 简历 大纲 提纲 公众号 教案 通知 倡议书
		小説 手紙 メール ブログ 演説 歌詞 脚本 物語 日記 エッセ 詩を スピー レビュ 記事 招待状
		poema cuento historia ensayo carta correo correo_electrónico discurso canción guion guión novela reseña publicación artículo
		poème histoire essai lettre courriel discours chanson scénario roman critique article_de billet nouvelle
		gedicht geschichte aufsatz brief rede lied drehbuch kurzgeschichte rezension blogbeitrag kündigungsschreiben
		poesia racconto saggio lettera discorso canzone sceneggiatura romanzo recensione
		redação conto crônica resenha roteiro
		puisi cerita esai surat surel pidato lagu naskah ulasan artikel cerpen
		thơ truyện bài_văn thư bài_thơ bài_viết kịch_bản đánh_giá
		стихотворение рассказ эссе письмо речь песня сценарий статья статью отзыв сказка
		قصيدة قصة مقال رسالة بريد خطاب أغنية سيناريو مراجعة कविता कहानी निबंध पत्र ईमेल भाषण गीत समीक्षा`,
	writeStyle: `tone style engaging persuasive creative creatively vivid compelling captivating heartfelt humorous witty formal_tone casual_tone professional
		words_long word_count words_or no_more paragraphs rhyme rhyming rhymes metaphor metaphors imagery first_person third_person audience
		include_a evoke suspense emotional tagline catchy hook opening_paragraph opening_line
		어조 문체 톤으로 느낌 감성 설득력 창의 생생 재미있 유머 감동 분량 글자 문단 독자 주인공 묘사 비유 운율 표현해 흥미 매력 설득
		风格 语气 生动 幽默 押韵 字左右 不少于 感人 修辞 比喻 排比 开头 结尾 主题 有趣 吸引 抒情 字数 描写 情感 意境
		文体 トーン 魅力 字以内 感動 estilo tono persuasivo creativo palabras style_de convaincant überzeugend stil coinvolgente
		стиль тоном أسلوب शैली`,
	rolePlay: `pretend imagine act_as roleplay role_play you_are as_a assume_the role_of persona embrace_the take_on play_the picture_yourself
		your_character superhero pirate knight wizard shakespeare detective yoda sherlock
		역할 되어 가정하 상상 인척 입장에 당신은 너는 연기
		扮演 假设你 假如你 角色 你是一 想象 假装 作为一 你现在
		なりき として あなた 想像し finge imagina imagine actúa como_un prétendez imaginez jouez geben_sie_vor stellen_sie tu_sei immagina finja
		berpura* bayangkan hãy_tưởng представь представьте تخيل تظاهر कल्पना`,
	sumVerb: `summarize summarise summary summaries summarization summarized tldr condense abstract key_points main_points main_idea main_ideas recap
		gist boils_down sum_up in_short shorten bullet_points takeaways synopsis highlights paraphrase digest brief_summary few_sentences one_sentence
		요약 정리해 간추 핵심 줄여 추려 요점 간략히 줄거리 세줄 한줄 요지
		总结 概括 摘要 归纳 提炼 要点 缩写 主旨 大意 概述 中心思
		要約 まとめ 概要 要旨 resume_el resumir resumen resúmeme résumez résumé résumer zusammenfass* fasse fassen_sie riassumi riassunto riassumere resuma resumo
		ringkas ringkaskan rangkum rangkuman tóm_tắt кратко резюмир* перескажи* обобщи* لخص تلخيص ملخص सारांश संक्षेप`,
	textNoun: `passage paragraph article document context excerpt transcript text the_text dialogue conversation meeting following_text following_passage
		following_article this_article this_passage this_text this_document the_passage the_article the_document text_above text_below above_text
		background situation news minutes report review reviews chapter the_meeting the_paragraph the_story following_dialogue given_text
		지문 본문 기사 문서 다음_글 윗글 위_글 아래_글 글을_읽고 내용을 단락 회의록 대화 뉴스 다음_기사 자료 텍스트 문단 보고 다음_내용 읽고 다음은
		文章 段落 文本 材料 下文 短文 原文 上文 文档 对话 阅读 下面的 以下内 如下 文中 本文 新闻
		文章を 本文 記事 次の文 文書 会話 以下の
		texto pasaje párrafo artículo documento siguiente_texto texte passage_suivant paragraphe absatz folgenden_text dokument testo brano seguente trecho
		teks paragraf dokumen berikut đoạn_văn bài_báo văn_bản текст отрывок статью документ النص الفقرة المقال الوثيقة पाठ अनुच्छेद लेख दस्तावेज़`,
	grounded: `according_to based_on given_the from_the answer_the using_the refer_to read_the reading_the mentioned_in in_the_text the_above the_following
		please_answer answer_this question_below question_about provided_context provided_text below_is here_is given_this considering_the the_provided
		에_따르 바탕으 근거 참고하 읽고 다음을 다음_글을 주어진 따르면 나와있 언급 알맞은 일치하
		根据 阅读下 阅读以 依据 结合材 基于 参考 如下文 请根据
		に基づ により 読んで según basado_en lee_el lee_la selon d'après lisez laut basierend lies secondo leggi segundo leia
		berdasarkan menurut bacalah dựa_trên theo_đoạn đọc согласно прочитай* основе وفقا بناء اقرأ के_अनुसार पढ़ें`,
	extractVerb: `extract identify list_all classify categorize label convert_the table csv json_format output_format entities keywords translate proofread
		correct_the edit_the find_answer span answer_from true_or yes_or
		추출 찾아 분류 표로 골라 뽑아 번역 교정 고르시
		提取 抽取 分类 识别 找出 列出 翻译 表格 抽出 分類 翻訳`,
	questionWord: `what who when where which why how whose whom what's who's
		무엇 누구 언제 어디 어느 왜 어떻 무슨 어떤 뭐야 뭔가 뭐지 뭐가 나요 가요 인지 까요 니까
		什么 谁 哪 何时 怎么 为什么 怎样 哪些 哪个 如何 是否 吗 呢 几 何 だれ どこ なぜ どう いつ どの どれ なに
		qué quién cuándo dónde cuál cómo cuáles quel quelle quels quelles qui quand où pourquoi comment qu'est was wer wann wo welche welcher warum wie
		che chi quando dove quale perché come qual quem onde quando quais apa siapa kapan mana mengapa bagaimana
		gì ai nào đâu sao thế_nào что кто когда где какой почему как какие ما من متى أين لماذا كيف हल क्या कौन कब कहाँ क्यों कैसे`,
	explainVerb: `explain describe discuss define definition meaning what_is what_are how_does how_do how_can why_do why_does why_is tell_me overview introduce
		difference_between significance role_of impact_of implications effects_of causes_of example_of examples_of
		설명 알려 소개 의미 정의 뜻이 차이점 이유 원인 특징 방법 대해 어떤_것 역할 영향 장단점 예를
		解释 介绍 说明 是什么 什么是 含义 意思 区别 特点 原因 作用 影响 原理 有哪些 讲解 阐述 分析 简述
		説明 紹介 意味 違い 教えて 理由 explica explicar explique expliquez expliquer erklären erkläre spiega spiegare explicar
		jelaskan giải_thích объясни объясните расскажи* اشرح समझाएं समझाइए बताएं`,
	adviceWord: `tips advice recommend recommendations suggest suggestions how_to how_can should ways_to best_way improve steps_to strategies guide plan ideas help_me
		추천 조언 방법 어떻게_해야 팁 개선 제안 하는_법 계획 도움
		建议 推荐 方法 如何 怎么办 改善 提高 技巧 应该 注意 攻略 おすす アドバ 方法 consejos recomienda mejorar conseils améliorer tipps verbessern consigli migliorare
		dicas melhorar tips meningkatkan cara cải_thiện советы улучшить نصائح تحسين सुझाव सुधार`,
	compareWord: `compare contrast versus vs better advantages disadvantages pros cons difference differences similarities
		비교 장점 단점 차이 공통점 比较 对比 优缺点 差异 优势 异同 比較 compara comparar comparer vergleichen confronta comparar bandingkan so_sánh сравни* قارن तुलना`,
	opinionWord: `think opinion believe would_you do_you why_might what_if what_would might_someone could_have argue debate perspective
		생각 의견 만약 였다면 견해 看法 如果 观点 假如 认为 もし 意見 hubiera si_los und_wenn what_might cosa_sarebbe e_se`,
	scienceWord: `energy force velocity acceleration momentum gravity mass quantum electron electrons photon wavelength frequency magnetic electric
		field particle particles atom atoms nucleus relativity thermodynamics entropy pressure temperature wave waves circuit voltage current
		resistance friction orbital planet planets star stars galaxy telescope radiation spectrum hamiltonian spin light_years oscillation kinetic
		물리 에너지 속도 가속도 중력 질량 양자 전자 파장 자기장 전류 전압 온도 압력 행성 은하 우주 원자
		物理 能量 速度 加速 重力 质量 量子 电子 波长 磁场 电流 电压 温度 行星 宇宙 原子`,
	chemistryWord: `reaction reactions compound compounds molecule molecules acid base ion ions oxidation solution mixture carbon hydrogen oxygen
		nitrogen sodium chloride catalyst bond bonds organic reagent product_formed synthesis nmr ph isomer benzene ethanol alkene ester aldehyde ketone moles titration
		화학 반응 화합물 분자 산화 이온 용액 化学 反应 化合物 分子 氧化 离子 溶液`,
	biologyWord: `cell cells dna rna protein proteins gene genes genetic species organism organisms evolution bacteria plant plants animal animals
		photosynthesis enzyme enzymes membrane chromosome chromosomes mutation ecosystem predator prey tissue hormone respiration population
		생물 세포 유전자 단백질 진화 식물 동물 광합성 종의 生物 细胞 基因 蛋白 进化 植物 动物`,
	medicineWord: `patient patients disease diagnosis treatment symptoms blood heart cancer drug therapy clinical infection physician surgery pain
		chronic syndrome medication diabetes hospital nurse virus vaccine vaccines brain muscle nerve artery kidney liver lung mg
		환자 질병 진단 치료 증상 혈액 암 약물 수술 건강 병원 患者 疾病 诊断 治疗 症状 血液 癌 药物 健康`,
	lawWord: `law legal court plaintiff defendant contract statute liability jury judge constitutional amendment tort negligence criminal crime
		attorney lawyer lawsuit evidence trial damages property conviction felony appeal supreme statute jurisdiction sued sues buyer seller deed
		법률 법원 계약 피고 원고 판결 소송 형법 헌법 민법 범죄 재판 法律 法院 合同 被告 原告 判决 刑法 宪法 犯罪`,
	businessWord: `market economy economic demand supply price prices inflation interest_rate firm firms cost revenue profit tax investment
		bank company accounting stock stocks bond assets audit equity consumer marketing gdp trade monetary fiscal budget cash income
		경제 시장 수요 공급 가격 물가 이자 기업 수익 세금 투자 회계 주식 经济 市场 需求 供给 价格 通胀 企业 利润 投资 会计 股票`,
	philosophyWord: `moral morally ethics ethical argument philosophy kant utilitarianism virtue premise conclusion fallacy epistemic metaphysics belief
		justice god religion religious theory consciousness existentialism plato aristotle wrong right_action
		도덕 윤리 철학 종교 이론 정의란 道德 伦理 哲学 宗教 理论`,
	historyWord: `war century empire king queen revolution president treaty ancient medieval colonial dynasty historical battle independence emperor
		election party government political congress senate parliament minister policy soviet civil_war world_war
		전쟁 역사 왕조 조선 혁명 대통령 제국 세기 정부 정치 고려 战争 历史 王朝 革命 总统 帝国 世纪 政府 朝代 皇帝`,
	geographyWord: `country city river mountain ocean continent capital island population climate located border region state states sea lake
		나라 도시 수도 강은 산은 지역 인구 기후 위치 국가 国家 城市 首都 河流 山脉 地区 人口 气候`,
	cultureWord: `film movie actor actress singer band album song tv show series season episode played won team football cup championship
		olympic player novel author book wrote character directed starred award oscar game
		영화 배우 가수 드라마 축구 선수 작가 책은 노래 게임 앨범 电影 演员 歌手 电视剧 足球 作者 导演 歌曲 游戏`,
	technologyWord: `computer software internet network security encryption data server cloud machine_learning neural learning artificial
		intelligence algorithm memory cpu processor protocol ip packets router operating_system kernel cache compiler model training_data
		컴퓨터 소프트 인터넷 네트워 보안 데이터 인공지 머신러 딥러닝 计算机 软件 网络 安全 数据 人工智 机器学 深度学`,
	logicWord: `if then therefore implies exactly_one at_least at_most only_if every some none all_of statement statements true_or both neither either
		must cannot house houses clue clues left_of right_of older younger taller sits liar truth puzzle premise scenario
		명제 참말 거짓 진실 반드시 따라서 조건 추론 논리 왼쪽 오른쪽 推理 逻辑 真话 假话 命题 如果 那么 说谎`,
	negationWord: `not except least never false incorrect without cannot isn't doesn't neither nor
		아닌 않는 없는 틀린 않은 못한 옳지 不是 不正确 错误 不属于 没有 不能`,
	choiceWord: `following which_of of_the_following choose select option options correct answer answer_choices best_describes most_likely answer_is
		고르시 고르세 보기 옳은 알맞은 선택 해당하는 정답 것은 중에서 다음_중
		选项 下列 以下哪 选择 正确的 答案 哪一项 单选 一句是`,
	chatWord: `i my me i'm im ive you your hi hello thanks lol feel love friend
		나 내 나는 내가 저는 제가 너 너무 좋아 싫어 친구 ㅋㅋ ㅠㅠ 사랑 싶어 같아 겠어 오늘 하고싶
		我 我的 你好 谢谢 私 ありが`,
	languageWord: `translate translation grammar sentence sentences word words verb noun adjective spelling idiom synonym antonym pronounce english french spanish
		번역 문법 문장 단어 맞춤법 발음 동의어 속담 관용 괄호 빈칸 조사 존댓말 높임 영어 한국어
		翻译 语法 句子 词语 成语 拼音 近义词 反义词 病句 汉字 造句 标点 英文 中文 诗句 古诗 谚语 歇后语 字的 双关 谐音`,
	reasonWord: `step_by reasoning explain_your think_step show_your prove justify careful_thought logically deduce derive rigorous why_or analyze
		단계별 단계적 추론 과정 증명 논리적 이유를 근거를 步骤 推导 推理 分析 理由 逐步 paso_a étape_par schritt_für passo_a`,
	everydayWord: `people person man woman boy girl house home food water eat go put get want car dog cat school kids room bed kitchen
		work friends family party sleep fun keep place money shop store happy
		사람 집 음식 물 학교 가족 엄마 아빠 여행 회사 주말 밥`,
	sorryWord: `sorry apologize apologies unfortunately regret afraid forgive
		죄송 유감 미안 안타깝 송구 抱歉 对不起 遗憾 申し訳 残念 ごめん siento lamento désolé désolée leider entschuldig* spiacente desculpe maaf xin_lỗi извините сожалению`,
	cannotWord: `cannot can't cant unable won't wont can_not not_able don't_have do_not not_provide not_assist not_help couldn't must_decline decline refuse
		not_comfortable not_possible not_appropriate cannot_provide cannot_assist cannot_help cannot_fulfill can't_help can't_assist i_cannot i_can't i_won't not_going
		없습니 없어요 않습니 어렵습 불가능 수_없습니다 드릴_수 못합니 거부 거절 삼가 응할 답변할 안됩니 없으며 없는_점 없음을 할_수_없
		无法 不能 不可以 拒绝 不便 できま できな 致しか no_puedo ne_peux kann_nicht non_posso não_posso tidak_bisa tidak_dapat không_thể не_могу`,
	declineWord: `illegal unethical inappropriate harmful dangerous against_the violates guidelines policy policies offensive hateful discriminat* violence
		harm promote encourage condone criminal respect safety privacy consent legal ethical moral unsafe sensitive confidential not_acceptable never_acceptable
		불법 비윤리 부적절 해로운 위험 위반 범죄 처벌 윤리적 도덕적 존중 안전 법적 해를 차별 폭력 개인정 사생활 조장 권장하 바람직 용납 해칠 민감 보호 금지 옳지
		违法 不道德 有害 危险 违反 暴力 隐私 歧视 犯罪 违法的 不当`,
	assistantWord: `ai language_model as_an an_ai assistant my_purpose my_programming i'm_an i_am chatbot trained openai model virtual responsible_ai
		인공지 언어모 모델로 모델입 챗봇 어시스 저는 제가 AI로 안내드 도움을 도와드 제공해 답변
		人工智 语言模 助手 作为一 言語モ アシス`,
	insteadWord: `instead however alternative alternatives rather recommend suggest happy_to glad_to feel_free other_questions anything_else seek professional
		help_you assist_you if_you resources support reach_out counselor consider helpline
		대신 대안 다른 전문가 상담 권장 문의 언제든 궁금 도움이 필요하시 추천드 기관 말씀해 신고 찾아보
		替代 其他 建议 咨询 代わり 別の 相談`,
	complyWord: `sure certainly here_are here_is here's absolutely of_course following_steps first_step great_question yes
		steps ingredients tips for_example example such_as below definition refers_to is_a
		다음과 같습니다 여기 물론 방법은 단계 첫째 예를 들어 주요 특징 설명드리 살펴보 소개해 소개합 의미합 말합니다 뜻합니다 이란 정리해
		以下是 当然 步骤 首先 例如 如下 もちろ 以下の`,
	hedgeWord: `might maybe perhaps possibly probably assume unclear unknown depends cannot_be_determined not_sure don't_know not_enough it's_important important_to
		아마 모르겠 확실하지 불분명 정확한_정보 것_같습니다 경우에_따라 可能 也许 不确定 不清楚`,
	pronounWord: `he she his her him hers himself herself they them their theirs we us our
		그는 그가 그의 그녀 그녀는 그들 그들은 우리 우리는 저희 他 她 他们 她们 我们 咱们 彼 彼女 彼ら
		él ella ellos ellas su sus nosotros il elle ils elles nous leur leurs er sie ihr ihre ihm wir lui lei loro noi ele ela eles elas nós
		dia mereka kami kita anh chị họ ông bà он она они его её мы هو هي هم نحن वह वे उसका हम`,
	modalWord: `would could should might may must shall ought
		해야 수도 겠습 할까 일까 应该 可能 可以 必须 会不会 べき かもし podría debería podrían pourrait devrait könnte sollte würde potrebbe dovrebbe poderia deveria
		harus dapat mungkin nên cần может должен должна يجب يمكن चाहिए सकता`,
	quizWord: `first last largest smallest longest famous known named called nickname award born died released founded invented discovered original
		oldest youngest highest tallest winner won title
		최초 가장 처음 유명한 이름은 발명 발견 설립 태어 第一 最大 最小 最高 最早 著名 出生 发明 发现 最長 有名 primer primera mayor famoso premier première célèbre
		erste größte berühmte primo prima famoso maior primeiro pertama terbesar đầu_tiên первый самый أول أكبر पहला सबसे`,
	pastWord: `was were had did been became said told asked went came made took found began left decided called saw thought
		했다 였다 있었다 됐다 했습니다 있었습 말했 밝혔 전했 갔다 왔다 说 道 曾 已经 表示 认为 指出 でした ました
		fue era había dijo était avait dit war hatte sagte era aveva disse foi tinha adalah telah đã был была сказал كان قال था थी कहा`,
	joinWord: `because although however while since after before when until unless whether though where therefore thus so but
		하지만 그러나 그런데 때문에 그래서 그리고 따라서 만약 동안 이후 但 但是 因为 所以 虽然 如果 然后 不过 しかし だから そして
		porque aunque pero cuando mientras después parce mais quand pendant après weil aber obwohl wenn nachdem perché ma quando dopo porque mas quando depois
		karena tetapi ketika setelah vì nhưng khi sau потому но когда после لأن لكن عندما بعد क्योंकि लेकिन जब बाद`,
	amountWord: `one two three four five six seven eight nine ten twelve hundred thousand million billion third quarter first_two
		하나 둘 셋 넷 다섯 여섯 일곱 한_개 두_개 세_개 백 천 만 억 两个 三个 四个 五个 六个 十个 一百 一千 一万 几个 若干
		uno dos tres cuatro cinco deux trois quatre cinq zwei drei vier fünf due tre quattro cinque dois três quatro satu dua tiga empat hai ba bốn năm два три четыре пять`,
}

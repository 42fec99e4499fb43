/**
 * Passwords that are tried first, in lower case: the heads of the published most-used lists of Chinese and international
 * leaks, and keyboard walks. A password that is one of these, or one of these and some digits, is refused.
 */
const LIST = `
password passw0rd password1 password123 passwords123 iloveyou iloveyou1314 welcome welcome123 letmein qwerty qwertyuiop
qwerty123456 qwertyuiop123 asdfghjkl asdfghjkl123 zxcvbnm zxcvbnm123 qazwsx qazwsxedc qazwsxedcrfv 1qaz2wsx 1qaz2wsx3edc
1qaz2wsx3edc4rfv q1w2e3r4 q1w2e3r4t5y6 qweasdzxc qweasdzxc123 abcdef abcdefg abcdefghijkl abc123456 abcd1234 abcd12345678
a123456 a12345678 a123456789 aa123456 aa123456789 woaini woaini1314 woaini520 woaini521 woaiwojia 5201314 52013145201314
520131452013 1314520 13145201314 123456 1234567 12345678 123456789 1234567890 123456789012 1234567890123 123123123123
112233445566 123321123321 147258369 147258369147 159357 987654321 9876543210 987654321098 000000 111111 222222 333333
444444 555555 666666 777777 888888 999999 admin admin123 admin123456 administrator administrator123 root123456 test123456
guest user123456 changeme default system manager master dragon monkey football baseball superman sunshine princess
trustno1 starwars computer internet samsung huawei xiaomi iphone android wechat weixin taobao alipay baidu tencent qq123456
china china123 zhongguo zhongguo123 beijing shanghai yunnan kunming lijiang dali sifaju sifasuo zhengfu gongan fayuan
renmin renmintiaojie pufa xuefa mima mima123456 wodemima denglu
中华人民共和国 我的密码 人民调解员 法律明白人 司法所长 新年快乐 恭喜发财 万事如意 一二三四五六 一二三四五六七八九十 天天向上好好学习 好好学习天天向上
为人民服务 我爱我的祖国 我爱中国
`

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/))

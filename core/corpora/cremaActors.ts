/** The women among the actors 1001 to 1091, by the table `VideoDemographics.csv` of CREMA-D's own repository. */
const FEMALE_ACTORS = new Set(
  (
    '1002 1003 1004 1006 1007 1008 1009 1010 1012 1013 1018 1020 1021 1024 1025 1028 1029 1030 1037 1043 1046 1047 ' +
    '1049 1052 1053 1054 1055 1056 1058 1060 1061 1063 1072 1073 1074 1075 1076 1078 1079 1082 1084 1089 1091'
  ).split(' '),
);

export function isFemaleCremaActor(actor: string): boolean {
  return FEMALE_ACTORS.has(actor);
}
